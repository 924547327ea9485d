"""What a report says of a run: which BOS stood in front, and what was done to the weights."""

from types import SimpleNamespace

import pytest

from reports.formats import facts

RUN = {"model": "m", "fingerprint": "f", "run_id": "r", "started": "2026-11-23T01:02:03.000+00:00", "ended": None}


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"bos": True, "bos_token": {"id": 5, "from": "tokenizer"}}, "yes, id 5 (the tokenizer's)"),
        (
            {"bos": True, "bos_token": {"id": 5, "from": "configuration"}},
            "yes, id 5 (the configuration's; the model has no tokenizer's)",
        ),
        ({"bos": True}, "yes"),
        ({"bos": False, "bos_token": {}}, "no"),
    ],
)
def test_which_bos_stood_in_front(record, said):
    assert dict(facts(SimpleNamespace(**RUN, record=record)))["BOS in front"] == said


def test_what_was_moved_and_left_out():
    preparation = {"name": "none", "fold_value_biases": True, "note": "left as it came: no"}
    run = SimpleNamespace(**RUN, record={"preparation": preparation})
    said = dict(facts(run))["preparation"]
    assert "fold value biases yes" in said
    assert "left as it came: no" in said
