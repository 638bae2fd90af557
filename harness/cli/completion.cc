// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/completion.h"

#include <algorithm>

namespace gridlock::internal {
namespace {

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : between) + word;
  return all;
}

// Up to the first full stop or bracket, which is what there is room for.
std::string brief(const std::string& description) {
  return description.substr(0, description.find_first_of(";:("));
}

std::string without(std::string text, const std::string& characters) {
  std::erase_if(text, [&](char c) { return characters.find(c) != std::string::npos; });
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

std::vector<std::string> option_names(const CommandText& command, bool with_value) {
  std::vector<std::string> names;
  for (const OptionText& option : command.options) {
    if (with_value && option.value == OptionText::Value::kNone) continue;
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

std::vector<std::string> command_names(const CommandText& parent) {
  std::vector<std::string> names;
  for (const CommandText& command : parent.commands) names.push_back(command.name);
  return names;
}

// A branch of `case $command:$previous` for the value of each option.
std::string bash_values(const CommandText& command) {
  std::string text;
  for (const OptionText& option : command.options) {
    if (option.value == OptionText::Value::kNone) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : option.names) patterns.push_back(command.name + ":" + name);
    text += "    " + joined(patterns, "|") + ") ";
    if (option.value == OptionText::Value::kChoice) {
      text += "mapfile -t COMPREPLY < <(compgen -W '" + joined(option.choices, " ") +
              "' -- \"$word\"); ";
    } else if (option.value == OptionText::Value::kFile) {
      text += "mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); ";
    } else if (option.value == OptionText::Value::kFolder) {
      text += "mapfile -t COMPREPLY < <(compgen -d -- \"$word\"); ";
    }
    text += "return ;;\n";
  }
  return text;
}

std::string zsh_value(const OptionText& option) {
  std::string head = ":" + option.shown_as + ":";
  switch (option.value) {
    case OptionText::Value::kNone:
      return "";
    case OptionText::Value::kText:
      return head;
    case OptionText::Value::kChoice:
      return head + "(" + joined(option.choices, " ") + ")";
    case OptionText::Value::kFile:
      return head + "_files";
    case OptionText::Value::kFolder:
      return head + "_files -/";
  }
  return "";
}

// '(-j --jobs)'{-j,--jobs=}'[Processes at once]:N:'
std::string zsh_option(const OptionText& option) {
  const bool has_value = option.value != OptionText::Value::kNone;
  std::vector<std::string> names;
  for (const std::string& name : option.names)
    names.push_back(!has_value ? name : name.starts_with("--") ? name + "=" : name + "+");
  const std::string what =
      "[" + without(brief(option.description), "[]'\\:") + "]" + zsh_value(option) + "'";
  if (option.repeatable) {
    return names.size() == 1 ? "'*" + names[0] + what : "'*'{" + joined(names, ",") + "}'" + what;
  }
  if (names.size() == 1) return "'" + names[0] + what;
  return "'(" + joined(option.names, " ") + ")'{" + joined(names, ",") + "}'" + what;
}

std::string fish_option(const OptionText& option, const std::string& condition) {
  std::string text = "complete -c gridlock -n '" + condition + "'";
  for (const std::string& name : option.names)
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  switch (option.value) {
    case OptionText::Value::kNone:
      break;
    case OptionText::Value::kText:
      text += " -x";
      break;
    case OptionText::Value::kChoice:
      text += " -x -a '" + joined(option.choices, " ") + "'";
      break;
    case OptionText::Value::kFile:
      text += " -r -F";
      break;
    case OptionText::Value::kFolder:
      text += " -x -a '(__fish_complete_directories)'";
      break;
  }
  return text + " -d '" + without(brief(option.description), "'\\") + "'\n";
}

constexpr const char* kHead =
    "# SPDX-License-Identifier: Apache-2.0\n"
    "# Made by `gridlock --completion` from the table of options.\n";

}  // namespace

std::string bash_completion(const CommandText& gridlock) {
  std::string text = kHead;
  text +=
      "_gridlock() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command= "
      "program=0 i\n"
      "  COMPREPLY=()\n"
      "  if [[ $word == = ]]; then word=; elif [[ $previous == = ]]; then "
      "previous=${COMP_WORDS[COMP_CWORD - 2]}; fi\n"
      "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
      "    case ${COMP_WORDS[i]} in\n"
      "      " +
      joined(command_names(gridlock), "|") +
      ") command=${COMP_WORDS[i]}; break ;;\n"
      "    esac\n"
      "  done\n";
  for (const CommandText& command : gridlock.commands) {
    if (!runs_a_program(command)) continue;
    // Where its program begins, as the command itself finds it.
    text += "  if [[ $command == " + command.name +
            " ]]; then\n"
            "    for ((++i; i < COMP_CWORD; ++i)); do\n"
            "      case ${COMP_WORDS[i]} in\n"
            "        --) program=$((i + 1)); break ;;\n"
            "        " +
            joined(option_names(command, true), "|") +
            ") ((++i)); [[ ${COMP_WORDS[i]} == = ]] && ((++i)) ;;\n"
            "        -*) ;;\n"
            "        *) program=$i; break ;;\n"
            "      esac\n"
            "    done\n"
            "    if ((program > 0 && program < COMP_CWORD)); then\n"
            "      if declare -F _command_offset >/dev/null; then _command_offset \"$program\"; "
            "return; fi\n"
            "      mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); return\n"
            "    fi\n"
            "  fi\n";
  }
  text += "  case $command:$previous in\n";
  for (const CommandText& command : gridlock.commands) text += bash_values(command);
  text += "  esac\n  case $command in\n    '') mapfile -t COMPREPLY < <(compgen -W '" +
          joined(command_names(gridlock), " ") + " " + joined(option_names(gridlock, false), " ") +
          "' -- \"$word\") ;;\n";
  for (const CommandText& command : gridlock.commands) {
    const bool takes_files =
        std::ranges::any_of(command.words, [](const WordText& one) { return one.name == "FILE"; });
    text += "    " + command.name + ") mapfile -t COMPREPLY < <(";
    if (takes_files) text += "[[ $word == -* ]] || compgen -f -- \"$word\"; ";
    if (runs_a_program(command)) text += "[[ $word == -* ]] || compgen -c -- \"$word\"; ";
    text += "compgen -W '" + joined(command_names(command), " ") + " " +
            joined(option_names(command, false), " ") + "' -- \"$word\") ;;\n";
  }
  return text + "  esac\n}\ncomplete -o filenames -F _gridlock gridlock\n";
}

std::string zsh_completion(const CommandText& gridlock) {
  std::string text = "#compdef gridlock\n" + std::string(kHead) +
                     "_gridlock() {\n  local curcontext=$curcontext state line\n  typeset -A "
                     "opt_args\n  _arguments -C \\\n";
  for (const OptionText& option : gridlock.options) text += "    " + zsh_option(option) + " \\\n";
  text +=
      "    '1:command:->command' '*::word:->word'\n  case $state in\n    command)\n      local -a "
      "commands=(\n";
  for (const CommandText& command : gridlock.commands)
    text += "        '" + command.name + ":" + without(brief(command.description), "':\\") + "'\n";
  text += "      )\n      _describe command commands ;;\n    word)\n      case $line[1] in\n";
  for (const CommandText& command : gridlock.commands) {
    text += "        " + command.name + ") _arguments -s -S";
    for (const OptionText& option : command.options) text += " \\\n          " + zsh_option(option);
    if (runs_a_program(command)) {
      text += " \\\n          '(-)1:program:{ _command_names -e || _files }' '*::argument:_normal'";
    } else {
      for (const WordText& one : command.words)
        text += " \\\n          '*:" + one.name + ":" + (one.name == "FILE" ? "_files" : "") + "'";
    }
    text += " ;;\n";
  }
  return text + "      esac ;;\n  esac\n}\n_gridlock \"$@\"\n";
}

// True where the words of the program that a command runs begin, or behind that.
static std::string fish_program(const CommandText& command) {
  return "function __gridlock_in_program_of_" + command.name +
         "\n"
         "  set -l words (commandline -opc)\n"
         "  set -l at (contains -i -- " +
         command.name +
         " $words); or return 1\n"
         "  set -e words[1..$at]\n"
         "  set -l is_value 0\n"
         "  for word in $words\n"
         "    if test $is_value = 1\n"
         "      set is_value 0\n"
         "      continue\n"
         "    end\n"
         "    switch $word\n"
         "      case --\n"
         "        return 0\n"
         "      case " +
         joined(option_names(command, true), " ") +
         "\n"
         "        set is_value 1\n"
         "      case '-*'\n"
         "      case '*'\n"
         "        return 0\n"
         "    end\n"
         "  end\n"
         "  return 1\n"
         "end\n";
}

std::string fish_completion(const CommandText& gridlock) {
  std::string text = kHead;
  std::string any;
  for (const CommandText& command : gridlock.commands) {
    if (!runs_a_program(command)) continue;
    text += fish_program(command);
    any += (any.empty() ? "  __gridlock_in_program_of_" : "; or __gridlock_in_program_of_") +
           command.name;
  }
  text += "function __gridlock_in_program\n" + any + "\nend\n";
  for (const OptionText& option : gridlock.options)
    text += fish_option(option, "__fish_use_subcommand");
  for (const CommandText& command : gridlock.commands) {
    text += "complete -c gridlock -f -n '__fish_use_subcommand' -a " + command.name + " -d '" +
            without(brief(command.description), "'\\") + "'\n";
    const std::string condition =
        "__fish_seen_subcommand_from " + command.name + "; and not __gridlock_in_program";
    for (const OptionText& option : command.options) text += fish_option(option, condition);
    for (const CommandText& part : command.commands) {
      text += "complete -c gridlock -n '__fish_seen_subcommand_from " + command.name + "' -a " +
              part.name + " -d '" + without(brief(part.description), "'\\") + "'\n";
    }
    if (runs_a_program(command)) {
      text += "complete -c gridlock -n '__fish_seen_subcommand_from " + command.name +
              "' -x -a '(__fish_complete_subcommand --fcs-skip=1)'\n";
    }
  }
  return text;
}

std::vector<std::string> completion_shells() { return {"bash", "zsh", "fish"}; }

std::string completion(const CommandText& gridlock, const std::string& shell) {
  if (shell == "bash") return bash_completion(gridlock);
  return shell == "zsh" ? zsh_completion(gridlock) : fish_completion(gridlock);
}

}  // namespace gridlock::internal
