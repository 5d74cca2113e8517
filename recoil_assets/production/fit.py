"""How a request fits a model whose capabilities say everything about it."""

from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.ports import Capabilities, Fit


def fit_by_capabilities(request: GenerationRequest, capabilities: Capabilities) -> Fit:
    """What of ``request`` the model does not act on; a modality it does not make is refused."""
    if request.modality not in capabilities.modalities:
        return Fit(refusal=f"does not make {request.modality}")
    asked = {
        "audio": request.audio,
        "tier": bool(request.tier),
        "start_frame": request.start_frame is not None,
        "end_frame": request.end_frame is not None,
        "references": bool(request.references),
        "element_config": bool(request.element_config),
        "generation_config": bool(request.generation_config),
    }
    unhonoured = [name for name, wanted in asked.items() if wanted and name not in capabilities.honours]
    extra = len(request.references) - capabilities.max_references
    return Fit(unhonoured=(*unhonoured, *([f"{extra} references too many"] if extra > 0 else [])))
