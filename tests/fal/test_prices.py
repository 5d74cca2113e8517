"""Estimates of fal's models are upper bounds: what fal bills is never above what was reserved for it."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoil_assets.domain.errors import PayloadBuildError
from recoil_assets.domain.price import estimate
from resources.price_book import shipped_price_book
from resources.providers.fal.mapping import map_request
from resources.providers.fal.models import endpoints
from tests.domain.samples import reference
from tests.fal.fake.bill import unit_price, units_of
from tests.fal.samples import request

MODELS = sorted(endpoints())
FRAMES = [(480, 854), (540, 960), (720, 1280), (1280, 720), (720, 720), (1080, 1920), (1680, 720)]


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=60, deadline=None)
@given(
    duration_s=st.floats(0.1, 15.0, allow_nan=False),
    frame=st.sampled_from(FRAMES),
    audio=st.booleans(),
    modality=st.sampled_from(["video_i2v", "r2v_multi", "board"]),
)
def test_no_bill_is_above_its_estimate(
    model: str, duration_s: float, frame: tuple[int, int], audio: bool, modality: str
) -> None:
    asked = request(
        model=model,
        duration_s=duration_s,
        width=frame[0],
        height=frame[1],
        audio=audio,
        modality=modality,
        start_frame=reference("refs/start.png", "b" * 64, role="start_frame"),
        end_frame=reference("refs/end.png", "c" * 64, role="end_frame"),
    )
    try:
        mapped = map_request(asked)
    except PayloadBuildError:
        return
    quoted = estimate(asked, shipped_price_book().known(model))
    payload = mapped.payload({item.path: item.path for item in mapped.images})
    name = mapped.endpoint.endpoint
    assert quoted.usd is not None
    billed = units_of(name, payload) * unit_price(name)[1]
    assert billed.quantize(Decimal("0.000001")) <= quoted.usd, "in millionths, as the ledger keeps it"
