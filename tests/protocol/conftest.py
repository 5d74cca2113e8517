from tests.production.conftest import quoted, quoted_once, tmp_path

__all__ = ["quoted", "quoted_once", "tmp_path"]
