"""The layer test, tested: a tree that breaks the table in one way must be reported in that way."""

import pathlib
import tempfile
import unittest

import layers

_README = """
# a map

```layers
base
model        base     # value types
match        model base
record       model
record/disk  record
app          *
main.cpp     app
```

```homes
sqlite3.h    record/disk
boost/       record/disk
boost/url/   base/text.cpp
```
"""

_GOOD = {
    "README.md": _README,
    "base/text.h": "#include <string>\n",
    "base/text.cpp": '#include "base/text.h"\n#include <boost/url/parse.hpp>\n#include <sys/socket.h>\n',
    "model/alert.h": '#include "base/text.h"\n',
    "match/list.h": '#include "model/alert.h"\n#include "base/text.h"\n',
    "record/port.h": '#include "model/alert.h"\n',
    "record/disk/disk.cpp": '#include "record/port.h"\n\n#include <sqlite3.h>\n#include <boost/asio.hpp>\n',
    "app/service.cpp": '#include "record/port.h"\n#include "match/list.h"\n',
    "app/service.h": "",
    "main.cpp": '#include "app/service.h"\nint main() {}\n',
}


class Layers(unittest.TestCase):
    def breaches(self, look=layers.breaches, **change):
        files = dict(_GOOD)
        files.update({name.replace("__", "/").replace("_dot_", "."): text for name, text in change.items()})
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                if text is not None:
                    path = pathlib.Path(folder) / "src" / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text)
            return look(folder)

    def test_a_tree_that_keeps_the_table_is_not_reported(self):
        self.assertEqual(self.breaches(), [])

    def test_an_include_against_the_table(self):
        found = self.breaches(match__list_dot_h='#include "record/port.h"\n')
        self.assertEqual(found, ['match/list.h: match may not include record ("record/port.h")'])

    def test_a_lower_room_that_includes_a_higher_one(self):
        found = self.breaches(base__text_dot_cpp='  #  include "app/service.h"\n', app__service_dot_h="")
        self.assertEqual(found, ['base/text.cpp: base may not include app ("app/service.h")'])

    def test_a_port_that_includes_its_implementation(self):
        found = self.breaches(record__port_dot_h='#include "record/disk/disk.h"\n', record__disk__disk_dot_h="")
        self.assertEqual(found, ['record/port.h: record may not include record/disk ("record/disk/disk.h")'])

    def test_two_adapters_that_know_each_other(self):
        readme = _README.replace("app   ", "record/net  record\napp   ")
        found = self.breaches(
            README_dot_md=readme, record__net__net_dot_cpp='#include "record/disk/disk.h"\n', record__disk__disk_dot_h=""
        )
        self.assertEqual(found, ['record/net/net.cpp: record/net may not include record/disk ("record/disk/disk.h")'])

    def test_a_third_party_header_away_from_home(self):
        found = self.breaches(match__list_dot_h="#include <boost/asio.hpp>\n")
        self.assertEqual(found, ["match/list.h: <boost/asio.hpp> belongs to record/disk"])

    def test_a_home_that_is_one_file(self):
        found = self.breaches(base__text_dot_h="#include <boost/url/parse.hpp>\n")
        self.assertEqual(found, ["base/text.h: <boost/url/parse.hpp> belongs to base/text.cpp"])

    def test_a_third_party_header_that_nobody_weighed(self):
        found = self.breaches(match__list_dot_h="#include <libfoo/foo.h>\n")
        self.assertEqual(found, ["match/list.h: <libfoo/foo.h> is in no row of homes"])

    def test_headers_of_one_room_that_include_each_other(self):
        found = self.breaches(base__a_dot_h='#include "base/b.h"\n', base__b_dot_h='#include "base/a.h"\n')
        self.assertEqual(found, ["headers include each other: base/a.h -> base/b.h -> base/a.h"])

    def test_a_file_in_no_room(self):
        self.assertEqual(self.breaches(misc__x_dot_cpp=""), ["misc/x.cpp: is in no room of the table"])

    def test_a_header_that_is_not_there(self):
        found = self.breaches(match__list_dot_h='#include "../base/text.h"\n')
        self.assertEqual(found, ['match/list.h: "../base/text.h" is no file below src/'])

    def test_a_header_made_from_a_template_of_the_room(self):
        files = {"app__a_dot_cpp": '#include "version.h"\n', "app__version_dot_h_dot_in": ""}
        self.assertEqual(self.breaches(**files), [])
        found = self.breaches(**files, base__a_dot_cpp='#include "version.h"\n')
        self.assertEqual(found, ['base/a.cpp: "version.h" is no file below src/'])

    def test_a_row_for_a_room_that_is_gone(self):
        found = self.breaches(README_dot_md=_README.replace("app   ", "http  base\napp   "))
        self.assertEqual(found, ["http: a row of the table without a source file"])

    def test_a_tree_that_uses_all_permissions_is_not_reported(self):
        self.assertEqual(self.breaches(layers.unused), [])

    def test_a_permission_that_nobody_uses(self):
        readme = _README.replace("record/disk  record", "record/disk  record model")
        found = self.breaches(layers.unused, README_dot_md=readme)
        self.assertEqual(found, ["record/disk: may include model, and never does"])

    def test_a_home_where_nobody_lives(self):
        readme = _README.replace("sqlite3.h    record/disk", "sqlite3.h    record/disk match")
        found = self.breaches(layers.unused, README_dot_md=readme)
        self.assertEqual(found, ["sqlite3.h: may be included in match, and never is"])

    def test_an_include_in_a_comment_is_none(self):
        self.assertEqual(self.breaches(match__list_dot_h='/*\n#include "app/x.h"\n*/\n// #include "app/x.h"\n'), [])

    def test_a_table_that_looks_down(self):
        with self.assertRaisesRegex(layers.TableError, "model may include match: no row above it"):
            self.breaches(README_dot_md=_README.replace("model        base ", "model        base match "))

    def test_a_table_with_two_rows_for_a_room(self):
        with self.assertRaisesRegex(layers.TableError, "base has two rows"):
            self.breaches(README_dot_md=_README.replace("app   ", "base\napp   "))

    def test_no_table(self):
        with self.assertRaisesRegex(layers.TableError, "no fenced block"):
            self.breaches(README_dot_md="# a map without a table\n")


if __name__ == "__main__":
    unittest.main()
