"""The check of documents, tested: what is missing is said."""

import unittest

import documents


class Documents(unittest.TestCase):
    def test_rooms_of_the_picture(self):
        text = '```mermaid\nflowchart LR\n a["base"] -- x --> b[("record/postgres")] --> c([outside])\n d[[queue]]\n```\n'
        self.assertEqual(documents.picture_rooms(text), {"base", "record/postgres"})

    def test_a_room_that_is_missing_and_one_too_many(self):
        self.assertEqual(
            documents.picture_differences({"base", "cellar"}, {"base", "match"}),
            [
                "docs/architecture.md: the picture lacks match",
                "docs/architecture.md: the picture has cellar, which is no room",
            ],
        )

    def test_links_and_paths(self):
        there = {"docs/here.md", "src", "src/base", "README.md"}.__contains__
        text = "[a](here.md) [b](../README.md#x) [c](gone.md) [d](https://example.net/x) `src/base/` `src/attic`"
        self.assertEqual(
            documents.dead_links("docs/a.md", text.replace("../README.md", "here.md"), there),
            ["docs/a.md: link to gone.md", "docs/a.md: path src/attic"],
        )

    def test_evidence_that_is_gone(self):
        there = {"e2e/scenarios/pages.py", "tests/fuzz"}.__contains__
        text = "It holds (`pages`,\n`gone`, `tests/fuzz`). So does this (`tests/attic`). A word (`key` of a row) is none."
        self.assertEqual(
            documents.missing_evidence("a.md", text, there), ["a.md: no test gone", "a.md: no test tests/attic"]
        )

    def test_the_manual(self):
        manual = ".It Ev API_PORT\n.Ss serve\n"
        self.assertEqual(
            documents.unmentioned(manual, ["API_PORT", "API"], ["serve", "inventory add"]),
            ["manual: variable API", "manual: command inventory add"],
        )


if __name__ == "__main__":
    unittest.main()
