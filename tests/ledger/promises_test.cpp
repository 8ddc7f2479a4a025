// Random feeds, one of them lying, against what the rules promise whatever is sent:
//   P1  a correct feed's sighting of somebody else's certificate ends in an alert that is open
//   P2  with correct feeds our own certificates have no open alert, and one row each
//   P4  no claim turns what is suspicious into ours, and the rows of an issuance stay few
// What cannot be told apart, whatever one does, is let through by name (see is_excused).
#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <set>

#include "classify/ours.h"
#include "classify/place.h"
#include "ledger/notation.h"
#include "support/catch.h"

using namespace certwatch;
using notation::Record;

namespace {

bool has(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

bool has_computed(const IssuanceRow& row, const std::string& fingerprint) {
  return has(row.computed[Sort::precertificate], fingerprint) ||
         has(row.computed[Sort::certificate], fingerprint);
}

Surroundings around(const Record& record) {
  return {record.rows, record.inventory};
}

bool is_open(const IssuanceRow& row) {
  return row.severity == Severity::suspicious && !row.is_quiet();
}

// Does an open alert speak of this sighting?
bool is_told(const Record& record, const Identity& sighting) {
  return std::any_of(record.rows.begin(), record.rows.end(), [&](const IssuanceRow& row) {
    if (!is_open(row)) return false;
    if (sighting.is_hashed()) return row.tbs_sha256 == sighting.tbs_sha256;
    if (sighting.fingerprints.empty()) return false;
    const std::string& fingerprint = sighting.fingerprints.front();
    return has_computed(row, fingerprint) ||
           (row.serial_key == sighting.serial_key && row.names == sighting.names &&
            (has(row.claimed[sort_of(sighting)], fingerprint) || row.is_crowded));
  });
}

bool names_somebody(const Record& record, const IssuanceRow& home) {
  bool is_contradicted = false;
  for (const IssuanceRow& other : record.rows) {
    const bool rests_on_claim =
        other.is_quiet() && !other.is_hashed() && !other.has_unhashed_precertificate;
    if (other.id == home.id || !contradict(home, other) || rests_on_claim) continue;
    is_contradicted = true;
    if (is_open(other)) return true;
  }
  return !is_contradicted;
}

// A precertificate that shares serial, validity and names with one of ours is the same input as our
// own, until something contradicts it. Then an open alert names one of the two.
bool is_excused(const Record& record, const Identity& sighting) {
  if (!sighting.is_precertificate) return false;
  if (!is_ours_by_serial(record.inventory, *sighting.serial_key, sighting.names,
                         sighting.tbs_sha256)) {
    return false;
  }
  for (std::size_t i = 0; i < record.rows.size(); ++i) {
    const auto& seen = record.seen[i];
    const bool is_home = std::any_of(seen.begin(), seen.end(), [&](const Identity& one) {
      return one.is_precertificate == sighting.is_precertificate &&
             one.fingerprints == sighting.fingerprints && one.tbs_sha256 == sighting.tbs_sha256;
    });
    if (is_home && !names_somebody(record, record.rows[i])) return false;
  }
  return true;
}

struct Played {
  Record record;
  std::string sequence;
  std::string broken;  // what a claim did that it must not
};

std::set<std::int64_t> resolvable(const Record& record) {
  std::set<std::int64_t> rows;
  for (const IssuanceRow& row : record.rows) {
    if (row.severity == Severity::suspicious && (row.is_resolved || ours_by(row, around(record)))) {
      rows.insert(row.id);
    }
  }
  return rows;
}

void play_step(Played& played, const std::string& step) {
  played.sequence += step + " ";
  const bool is_claim =
      step.front() == '[' || std::string_view("pcqxy").find(step.front()) != std::string_view::npos;
  const auto before = resolvable(played.record);
  played.record.play(step);
  if (!is_claim) return;
  for (const std::int64_t row : resolvable(played.record)) {
    if (!before.contains(row)) played.broken = step + " makes a suspicious row ours";
  }
}

Played play(const std::vector<std::string>& steps) {
  Played played;
  for (const std::string& step : steps) play_step(played, step);
  play_step(played, ".");
  play_step(played, "~");
  return played;
}

void check_bounds(const Played& played) {
  std::map<std::string, int> of_hash;
  std::map<std::pair<std::string, std::vector<std::string>>, std::size_t> unhashed;
  for (const IssuanceRow& row : played.record.rows) {
    if (row.is_hashed()) {
      CHECK(++of_hash[row.tbs_sha256] <= 2);
    } else {
      CHECK(++unhashed[{row.serial_key->text(), row.names}] <= most_unhashed_rows + 4);
    }
  }
}

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  int roll(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  char one_of(std::string_view letters) {
    return letters[static_cast<std::size_t>(roll(0, static_cast<int>(letters.size()) - 1))];
  }
  template <class List>
  const auto& pick(const List& list) {
    return list[static_cast<std::size_t>(roll(0, static_cast<int>(std::size(list)) - 1))];
  }
  void shuffle(std::vector<std::string>& steps) {
    std::shuffle(steps.begin(), steps.end(), random_);
  }
  void insert(std::vector<std::string>& steps, const std::string& step) {
    steps.insert(steps.begin() + roll(0, static_cast<int>(steps.size())), step);
  }

 private:
  std::mt19937 random_;
};

std::string lie(Dice& dice) {
  static const std::vector<std::string> fingerprints{"",    "Fpa", "Fca", "Fpb",
                                                     "Fcb", "Fph", "Fch", "Fx"};
  return std::string("[") + dice.one_of("pc") + ":" + dice.pick(fingerprints) + ":" +
         dice.one_of("ahe") + "]";
}

std::string sighting_step(Dice& dice, std::string_view kinds, std::string_view issuances) {
  return {dice.one_of(kinds), dice.one_of(issuances)};
}

}  // namespace

TEST_CASE("a lying feed hides nothing that a correct one brings") {
  Dice dice(2);
  for (int round = 0; round < 4000; ++round) {
    const std::string other(1, dice.one_of("bbbhhe"));
    std::vector<std::string> correct;
    for (int i = dice.roll(1, 2); i > 0; --i) {
      correct.push_back(sighting_step(dice, "PCpcyLq", other));
    }
    std::vector<std::string> steps = correct;
    for (int i = dice.roll(0, 2); i > 0; --i) steps.push_back(sighting_step(dice, "PCpcL", "a"));
    for (int i = dice.roll(1, 4); i > 0; --i) {
      steps.push_back(dice.roll(1, 4) < 4 ? lie(dice) : sighting_step(dice, "PCL", "abh"));
    }
    if (dice.roll(1, 4) == 1) steps.emplace_back(".");
    dice.shuffle(steps);
    static const std::vector<std::string> learned{"+a", "+a", "+a*", "+a-"};
    dice.insert(steps, dice.pick(learned));

    const Played played = play(steps);
    INFO(played.sequence << " -> " << played.record.rows_in_words());
    CHECK(played.broken.empty());
    check_bounds(played);
    for (const std::string& step : correct) {
      const Identity sighting = notation::sighting(step);
      if (!sighting.is_hashed() && sighting.fingerprints.empty()) continue;
      INFO(step);
      CHECK((is_told(played.record, sighting) || is_excused(played.record, sighting)));
    }
  }
}

TEST_CASE("correct feeds raise no alarm about our own, and one alert an issuance") {
  Dice dice(1);
  for (int round = 0; round < 4000; ++round) {
    std::vector<std::string> steps;
    for (int i = dice.roll(1, 6); i > 0; --i) {
      steps.push_back(sighting_step(dice, "PCpcqyLPC", "aaaard"));
    }
    if (dice.roll(0, 1) == 1) dice.insert(steps, ".");
    for (const char* ours : {"+a", "+r"}) {
      static const std::vector<std::string> forms{"", "", "*", "-"};
      dice.insert(steps, ours + dice.pick(forms));
    }
    const Played played = play(steps);
    INFO(played.sequence << " -> " << played.record.rows_in_words());
    std::map<std::string, int> rows;
    for (const IssuanceRow& row : played.record.rows) {
      ++rows[row.serial_key->serial];
      const bool is_ours = row.serial_key->serial != notation::sighting("Cd").serial_key->serial;
      if (is_ours) CHECK(row.is_quiet());
    }
    for (const auto& [serial, count] : rows) CHECK(count == 1);
  }
}

TEST_CASE("DER is judged the same, whoever brings it") {
  Dice dice(9);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::string> steps;
    for (int i = dice.roll(2, 6); i > 0; --i) {
      steps.push_back(dice.roll(1, 10) <= 6 ? lie(dice) : sighting_step(dice, "PCL", "abh"));
    }
    std::vector<std::string> with_der;
    std::copy_if(steps.begin(), steps.end(), std::back_inserter(with_der),
                 [](const std::string& step) { return step.front() != '[' && step[1] != 'a'; });
    dice.insert(steps, "+a");
    const Played played = play(steps);
    INFO(played.sequence << " -> " << played.record.rows_in_words());
    CHECK(played.broken.empty());
    for (const std::string& step : with_der) {
      const Identity sighting = notation::sighting(step);
      CHECK((is_told(played.record, sighting) || is_excused(played.record, sighting)));
    }
  }
}
