"""The sound of an assembled episode: one AAC track that stays in step with the pictures at every cut."""

from collections.abc import Iterator
from fractions import Fraction
from typing import cast

from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.filter import Graph

from resources.editorial.clip_media import ClipMedia, sounds

_RATE = 48_000
_LAYOUT = "stereo"
_BIT_RATE = 192_000


class SoundTrack:
    """AAC, 48 kHz, stereo. Each clip fills exactly the time its pictures take, with silence where need be."""

    def __init__(self, output: OutputContainer) -> None:
        self._output = output
        self._stream = output.add_stream("aac", rate=_RATE, layout=_LAYOUT, bit_rate=_BIT_RATE)
        self._samples = 0

    def write(self, media: ClipMedia, *, until_s: Fraction) -> None:
        """Add the clip's sound, up to ``until_s``: when its pictures end in the track, seconds."""
        count = round(until_s * _RATE) - self._samples
        for frame in _clip_sound(media, count) if media.has_audio else _silence(count):
            frame.pts = self._samples
            frame.time_base = Fraction(1, _RATE)
            self._samples += frame.samples
            self._output.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Write the last, shorter packet."""
        self._output.mux(self._stream.encode(None))


def _clip_sound(media: ClipMedia, count: int) -> Iterator[AudioFrame]:
    """Exactly ``count`` samples that begin with the clip's first picture, gaps filled with silence."""
    graph: Graph | None = None
    given = 0
    for frame in sounds(media.file):
        time_base = frame.time_base or Fraction(1, frame.sample_rate)
        if graph is None:
            graph = _conforming(frame, time_base, count)
        frame.pts = (frame.pts or 0) - round(media.start_s / time_base)
        graph.push(frame)
        for conformed in _pulled(graph):
            given += conformed.samples
            yield conformed
        if given >= count:
            return
    if graph is None:
        yield from _silence(count)
        return
    graph.push(None)
    yield from _pulled(graph)


def _conforming(frame: AudioFrame, time_base: Fraction, count: int) -> Graph:
    """Filters that make sound like ``frame`` into ``count`` samples in the track's format, from time zero."""
    graph = Graph()
    graph.link_nodes(
        graph.add_abuffer(
            sample_rate=frame.sample_rate, format=frame.format, layout=frame.layout, time_base=time_base
        ),
        graph.add("aresample", f"{_RATE}:async=1:first_pts=0"),
        graph.add("aformat", f"sample_fmts=fltp:sample_rates={_RATE}:channel_layouts={_LAYOUT}"),
        graph.add("apad", f"whole_len={count}"),
        graph.add("atrim", f"end_sample={count}"),
        graph.add("abuffersink"),
    ).configure()
    return graph


def _silence(count: int) -> Iterator[AudioFrame]:
    graph = Graph()
    graph.link_nodes(
        graph.add("anullsrc", f"channel_layout={_LAYOUT}:sample_rate={_RATE}"),
        graph.add("aformat", "sample_fmts=fltp"),
        graph.add("atrim", f"end_sample={count}"),
        graph.add("abuffersink"),
    ).configure()
    yield from _pulled(graph)


def _pulled(graph: Graph) -> Iterator[AudioFrame]:
    """Every frame the filters have ready."""
    while True:
        try:
            frame = cast("AudioFrame", graph.pull())
        except (BlockingIOError, EOFError):  # more input is needed, or all of it was given
            return
        yield frame
