-- headlaws store, schema version 4. Append-only: a run's rows are written once, in one transaction.
-- Anyone may read it: pandas.read_sql("SELECT * FROM verdicts", sqlite3.connect("store.db"))

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO meta VALUES ('schema_version', '4');

CREATE TABLE runs (
    run_id      TEXT PRIMARY KEY,  -- sorts by start
    started     TEXT NOT NULL,     -- UTC, ISO 8601
    ended       TEXT NOT NULL,
    model       TEXT NOT NULL,
    fingerprint TEXT NOT NULL,     -- covers weights, configuration, vocabulary, preparation and versions
    record      TEXT NOT NULL,     -- JSON: the whole record of the run
    controls    TEXT NOT NULL      -- known-answer checks: `right` | `wrong` | `not run`; if wrong, no verdicts are filed
) STRICT;

CREATE TABLE conjectures (
    run_id     TEXT NOT NULL REFERENCES runs,
    chapter    TEXT NOT NULL,      -- the file without its ending
    name       TEXT NOT NULL,      -- the function's name
    claim      TEXT NOT NULL,      -- first line of its docstring
    reason     TEXT NOT NULL,      -- the rest of it
    source     TEXT NOT NULL,
    components TEXT NOT NULL,
    family     TEXT NOT NULL,
    control    TEXT NOT NULL,      -- of a known-answer check: `holds` | `fails`; else ''
    code       TEXT NOT NULL,
    path       TEXT NOT NULL,      -- the chapter's file on the machine of the run
    PRIMARY KEY (run_id, chapter, name)
) STRICT;

CREATE TABLE cells (
    run_id         TEXT NOT NULL REFERENCES runs,
    head           TEXT NOT NULL,
    component      TEXT NOT NULL,
    projection     TEXT NOT NULL,
    chapter        TEXT NOT NULL,
    conjecture     TEXT NOT NULL,
    verdict        TEXT NOT NULL,  -- `satisfied` | `mostly` | `refuted` | `undecided` | `vacuous` | `error`
    degree         REAL,           -- mean agreement over the census
    degree_low     REAL,
    degree_high    REAL,
    null_random    REAL,           -- the agreement on the same architecture with random weights
    null_rotated   REAL,           -- the agreement on the model's weights with random singular vectors
    search_n       INTEGER NOT NULL,
    census_n       INTEGER NOT NULL,
    violations     INTEGER NOT NULL,
    near_ties      INTEGER NOT NULL,
    discarded      INTEGER NOT NULL,
    rate_low       REAL,           -- interval of the violation rate
    rate_high      REAL,
    p_value        REAL,           -- of satisfied (or mostly): chance of this few violations at a rate of epsilon (or delta)
    family         INTEGER NOT NULL, -- cells that the verdict was corrected with, by Holm; 1: none
    margin         REAL,           -- of the counterexample, in logits
    flags          TEXT NOT NULL,  -- of: `trivial` `architectural` `untrained` `gauge`
    counterexample TEXT,           -- JSON
    message        TEXT NOT NULL,
    started        TEXT NOT NULL,
    seconds        REAL NOT NULL,           -- that passed while it was tried, with others beside it
    near_tied      REAL,           -- share of near-ties among the entries that the census read (since version 3)
    p_epsilon      REAL,           -- p-value of satisfied, if p_value is another; Holm's correction uses it (since 3)
    null_surrogate REAL,           -- the agreement if the head's own tokens are dealt out at random (since 4)
    comparisons    TEXT NOT NULL DEFAULT '{}', -- JSON, by null: agreement of its heads; excess, low, high, n (since 4)
    p_above        REAL,           -- p-value: the agreement exceeds every null by no more than 0.1 (since 4)
    p_below        REAL,           -- p-value: it falls short of every null by no more than 0.1 (since 4)
    stands_out     TEXT NOT NULL DEFAULT '',   -- '' | above | below: decided for all cells of the run, by Holm (since 4)
    text_degree    REAL,           -- the agreement on natural text, for laws that can be asked of any sequence (since 4)
    text_low       REAL,
    text_high      REAL,
    text_n         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run_id, head, component, projection, chapter, conjecture)
) STRICT;

CREATE TABLE exhibits (
    run_id TEXT NOT NULL REFERENCES runs,
    head   TEXT NOT NULL,          -- '' for exhibits of no head
    kind   TEXT NOT NULL,          -- token_plot | transitions | growth | facts | draws
    name   TEXT NOT NULL,          -- a family, a component, a component and families, or a law as chapter.py::name
    data   TEXT NOT NULL,          -- JSON
    PRIMARY KEY (run_id, head, kind, name)
) STRICT;

CREATE VIEW verdicts AS
SELECT run_id, runs.model AS model, head, component, projection, chapter, conjecture, verdict, degree, degree_low, degree_high,
       null_random, null_rotated, search_n, census_n, violations, near_ties, discarded, rate_low, rate_high, p_value, family, margin, flags, counterexample,
       message, near_tied, p_epsilon, null_surrogate, comparisons, p_above, p_below, stands_out,
       text_degree, text_low, text_high, text_n
FROM cells JOIN runs USING (run_id);
