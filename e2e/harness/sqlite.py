"""An embedded database, looked at and changed from outside as an operator would: as sqlite3 beside the service.

To a scenario it is what harness/postgres.py's database is: `public.alerts` is the file's table, lists and booleans come
back as such. No connection is kept open: what a killed process leaves behind is the next one's to put in order.
"""

import contextlib
import json
import os
import pathlib
import sqlite3
import subprocess
import time

from e2e.harness import certwatch
from e2e.harness.messages import Certificate

_LISTS = {"sans", "matched", "fingerprints", "names", "computed_precertificates", "computed_certificates",
          "claimed_precertificates", "claimed_certificates"}
_BOOLEANS = {"delivered", "has_hashed_precertificate", "has_unhashed_precertificate", "is_blank", "is_crowded",
             "is_certain", "is_refuted"}
_PATIENCE = 60  # Seconds to wait for another writer.


def make(path):
    """The file with its tables, made by the first command that writes to it."""
    environment = {"SQLITE_PATH": str(path), **certwatch.sanitizer_options()}
    command = [certwatch.binary(), "inventory", "add", "-"]
    done = subprocess.run(command, env=environment, input=Certificate("first.example").der(), capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"certwatch inventory add: {done.returncode}: {done.stderr.decode().strip()}")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM certs")
        connection.commit()


class Database:
    """One file that exists."""

    remedy = "back-up"  # what the service advises where a table is missing

    def __init__(self, path):
        self.path = pathlib.Path(path)

    @classmethod
    def fresh(cls, path):
        """A new file with its tables, in a folder of its own."""
        database = cls(path)
        database.path.parent.mkdir(parents=True)
        make(path)
        return database

    @property
    def variables(self):
        """What certwatch needs to use it."""
        return {"SQLITE_PATH": self.path}

    def files(self):
        """The file and what SQLite keeps beside it."""
        return sorted(self.path.parent.glob(self.path.name + "*"))

    # A connection for reading leaves no trace: it neither deletes nor empties the log of what was written.
    @contextlib.contextmanager
    def _connection(self, mode):
        connection = sqlite3.connect("file::memory:", uri=True, isolation_level=None, timeout=_PATIENCE,
                                     check_same_thread=False)
        with contextlib.closing(connection):
            connection.execute(f"ATTACH '{self.path.as_uri()}?mode={mode}' AS public")
            yield connection

    def execute(self, text):
        """Runs a statement."""
        with self._connection("rw") as connection:
            connection.execute(text)

    def sql(self, text):
        """The rows of a query as a list of dicts."""
        with self._connection("ro") as connection:
            cursor = connection.execute(text)
            names = [column[0] for column in cursor.description]
            return [{name: _value(name, value) for name, value in zip(names, row)} for row in cursor]

    def value(self, text):
        """The one value of a query with one row and one column."""
        (row,) = self.sql(text)
        (value,) = row.values()
        return value

    def insert(self, table, *rows):
        """Inserts dicts."""
        with self._connection("rw") as connection:
            connection.execute("BEGIN")
            for row in rows:
                marks = ", ".join("?" * len(row))
                values = [json.dumps(value) if isinstance(value, (list, dict)) else value for value in row.values()]
                connection.execute(f"INSERT INTO public.{table} ({', '.join(row)}) VALUES ({marks})", values)
            connection.execute("COMMIT")

    def backup(self, path):
        """A copy as `.backup` of sqlite3 makes it."""
        with self._connection("ro") as connection, contextlib.closing(sqlite3.connect(path)) as copy:
            connection.backup(copy, name="public")

    def let_pass(self, seconds, *columns, where="true"):
        """Moves times of alerts into the past."""
        changes = ", ".join(f"{column} = {column} - {seconds}" for column in columns)
        self.execute(f"UPDATE public.alerts SET {changes} WHERE {where}")

    def seconds_until(self, column, where, table="alerts"):
        """From now to a time of one row."""
        return self.value(f"SELECT {column} FROM public.{table} WHERE {where}") - time.time()

    def hide(self, table):
        """The service cannot read it any more."""
        self.execute(f"ALTER TABLE public.{table} RENAME TO hidden_{table}")

    def show(self, table):
        self.execute(f"ALTER TABLE public.hidden_{table} RENAME TO {table}")

    @contextlib.contextmanager
    def locked_alerts(self):
        """Another process writes, and does not come to an end. Reading goes on: that is what the WAL is for."""
        with self._connection("rw") as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("COMMIT")

    def outage(self):
        """A way to take it away and give it back."""
        return Outage(self)

    def complaints(self):
        """What no run may leave behind."""
        if not self.path.exists():
            return []
        try:
            found = [row["integrity_check"] for row in self.sql("PRAGMA public.integrity_check")]
        except sqlite3.DatabaseError as error:
            found = [str(error)]
        return [] if found == ["ok"] else [f"the database is damaged: {'; '.join(found)}"]

    def close(self):
        pass


def _value(name, value):
    if value is None:
        return None
    if name in _LISTS:
        return json.loads(value)
    return bool(value) if name in _BOOLEANS else value


class Outage:
    """The folder is moved away, as a volume that is not mounted any more. `.variables` lead to it for the service."""

    def __init__(self, database):
        self.variables = database.variables
        self.here = database.path.parent
        self.away = self.here.with_name(self.here.name + ".away")

    def begin(self):
        os.rename(self.here, self.away)

    def end(self):
        os.rename(self.away, self.here)

    def close(self):
        pass
