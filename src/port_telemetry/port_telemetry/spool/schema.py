"""The spool's file: SQLite, one row a record. Statements alone; nothing here decides anything.

Appends go to the end of the file and one index (docs/adr/0011-spool-in-sqlite.md); counts are kept in `stream`, so
that a start reads as many rows as there are sequences, however many records wait.
"""

VERSION = 1

#: Must be set before the first table exists.
PAGE_BYTES = 16384

CREATE = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
-- AUTOINCREMENT: a reader knows a sequence by its id, and must not find another one under it later.
CREATE TABLE stream (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  topic TEXT NOT NULL, epoch INTEGER NOT NULL, kind TEXT NOT NULL, lane INTEGER NOT NULL,
  last INTEGER NOT NULL, records INTEGER NOT NULL, bytes INTEGER NOT NULL, UNIQUE (topic, epoch)
);
CREATE TABLE record (
  id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, seq INTEGER NOT NULL, span INTEGER NOT NULL,
  stamp_ns INTEGER NOT NULL, schema TEXT NOT NULL, payload BLOB NOT NULL
);
CREATE UNIQUE INDEX record_seq ON record (stream, seq);
CREATE INDEX record_gap ON record (stream, span) WHERE schema = 'json/gap/1';
CREATE TABLE dead_letter (
  id INTEGER PRIMARY KEY, topic TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, stamp_ns INTEGER NOT NULL,
  schema TEXT NOT NULL, reason TEXT NOT NULL, payload BLOB NOT NULL
);
"""

#: Made in older files too. How far the sources had counted with what was on the disk last.
CREATE_POSITION = """
CREATE TABLE IF NOT EXISTS position (name TEXT PRIMARY KEY, begin INTEGER NOT NULL, end INTEGER NOT NULL) WITHOUT ROWID
"""

#: What a record takes of the quota besides its payload; gap records take nothing, or they could not replace others.
ROW_BYTES = 64
_COST = f"CASE WHEN schema = 'json/gap/1' THEN 0 ELSE length(payload) + {ROW_BYTES} END"

STREAMS = "SELECT id, topic, epoch, kind, lane, last, records, bytes FROM stream"
#: What was acknowledged before the first that waits, and the stamp of that one.
FIRST = "SELECT seq - span, stamp_ns FROM record WHERE stream = ? ORDER BY seq LIMIT 1"
GAPS = "SELECT count(*), total(span) FROM record WHERE stream = ? AND schema = 'json/gap/1'"
ADD_STREAM = "INSERT INTO stream (topic, epoch, kind, lane, last, records, bytes) VALUES (?, ?, ?, ?, 0, 0, 0)"
KEEP_COUNTS = "UPDATE stream SET last = ?, records = ?, bytes = ? WHERE id = ?"
FORGET_STREAM = "DELETE FROM stream WHERE id = ?"
ADD = "INSERT INTO record (stream, seq, span, stamp_ns, schema, payload) VALUES (?, ?, ?, ?, ?, ?)"
READ = "SELECT seq, span, stamp_ns, schema, payload FROM record WHERE stream = ? AND seq > ? ORDER BY seq LIMIT ?"
#: Rows, those of them that are gaps, and their bytes.
UP_TO = f"SELECT count(*), total(schema = 'json/gap/1'), total({_COST}) FROM record WHERE stream = ? AND seq <= ?"
FORGET = "DELETE FROM record WHERE stream = ? AND seq <= ?"
OLDEST = "SELECT seq, seq - span + 1, stamp_ns FROM record WHERE stream = ? ORDER BY seq LIMIT ?"
REPLACE = "UPDATE record SET schema = ?, payload = ? WHERE stream = ? AND seq = ? AND schema != 'json/gap/1'"
BURY = "INSERT INTO dead_letter (topic, epoch, seq, stamp_ns, schema, reason, payload) VALUES (?, ?, ?, ?, ?, ?, ?)"
DEAD = "SELECT reason, count(*) FROM dead_letter GROUP BY reason ORDER BY reason"
SHRINK_DEAD = "DELETE FROM dead_letter WHERE id <= (SELECT max(id) FROM dead_letter) - ?"
SET_META = "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
POSITIONS = "SELECT name, begin, end FROM position"
SET_POSITION = """
INSERT INTO position (name, begin, end) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET begin = excluded.begin, end = excluded.end
"""
GET_META = "SELECT value FROM meta WHERE name = ?"
