#include "app/completion.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

namespace certwatch {
namespace {

// CLI11 tells the words that an option takes in braces: "TEXT:{info,suspicious}".
std::string choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t begin = type.find('{');
  const std::size_t end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) return {};
  std::string choices = type.substr(begin + 1, end - begin - 1);
  std::replace(choices.begin(), choices.end(), ',', ' ');
  return choices;
}

struct Script {
  std::string commands;  // words that lead from one command to the next
  std::string words;     // by command: what may come next
  std::string values;    // by command and option: the option's values
};

void describe(const CLI::App& app, const std::string& path, Script& script) {
  std::string words;
  for (const CLI::App* command : app.get_subcommands({})) {
    const std::string name = command->get_name();
    words += name + ' ';
    script.commands += (script.commands.empty() ? "\"" : " | \"") + path + ' ' + name + '"';
    describe(*command, path + ' ' + name, script);
  }
  for (const CLI::Option* option : app.get_options()) {
    const std::string choices = choices_of(*option);
    if (option->get_positional()) words += choices + ' ';
    for (const std::string& name : option->get_lnames()) {
      words += "--" + name + ' ';
      const bool takes_no_value = option->get_type_size_max() == 0;
      if (takes_no_value) continue;
      script.values += "    \"" + path + " --" + name + "\") words=\"" + choices + "\" ;;\n";
    }
  }
  script.words += "    \"" + path + "\") words=\"" + words + "\" ;;\n";
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  Script script;
  describe(app, "", script);
  return R"(# bash completion for certwatch:  source <(certwatch completion bash)
_certwatch() {
  local path= word words=
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
      )" +
         script.commands +
         R"() path="$path $word" ;;
    esac
  done
  case "$path" in
)" + script.words +
         R"(  esac
  case "$path ${COMP_WORDS[COMP_CWORD - 1]}" in
)" + script.values +
         R"(  esac
  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _certwatch certwatch
)";
}

}  // namespace certwatch
