// Reads sequences (ledger/notation.h), one a line, and prints the rows that each one ends with. The
// model in tests/model/ is asked the same, and has to agree.
#include <iostream>
#include <string>

#include "ledger/notation.h"

int main() {
  for (std::string sequence; std::getline(std::cin, sequence);) {
    certwatch::notation::Record record;
    record.play_all(sequence);
    std::cout << record.rows_in_words() << "\n";
  }
}
