import pytest

import acinus
from acinus.endpoints import check_endpoints, ids_read, list_endpoints


@pytest.mark.slow
def test_every_shipped_endpoint_can_be_read_off_the_human_model():
    model = acinus.load_model("human")
    assert [str(finding) for finding in check_endpoints(model)] == []
    assert ids_read(model, ["lowest_gsh"]) == set(model.zone_ids("gsh_hep"))
    assert ids_read(model, list_endpoints(model.biology)) <= model.symbols.keys()
