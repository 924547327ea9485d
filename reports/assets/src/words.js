// Made by `python -m tests.support.reference_pages`; change the code and make it again.
export const AGREEMENT = "agreement";
export const VERDICTS = {"s": "satisfied", "m": "mostly", "r": "refuted", "u": "undecided", "v": "precondition rarely met", "e": "error"};
export const FLAGS = {"t": "trivial", "a": "architectural", "u": "also true untrained", "g": "basis-dependent"};
