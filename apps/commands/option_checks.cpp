#include <espalier/apps/commands/option_checks.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include <espalier/apps/command.h>
#include <espalier/apps/commands/suggestion.h>
#include <espalier/base/error.h>

namespace espalier::apps {
namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || read != end) return std::nullopt;
  return value;
}

// The command that the words are for.
const CLI::App* command_of(const CLI::App& app, std::span<const std::string> words) {
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* command : commands) {
    if (!words.empty() && command->get_name() == words[0]) return command;
  }
  return nullptr;
}

bool takes_value(const CLI::App& command, const std::string& flag) {
  const CLI::Option* const option = command.get_option_no_throw(flag);
  return option != nullptr && option->get_items_expected_max() > 0;
}

void check_value(const std::string& flag, const std::string& value) {
  if (value.empty()) {
    throw UsageError(message(flag, ": the value is empty; is a variable of the shell not set?"));
  }
  if (value.starts_with("--")) {
    throw UsageError(message(flag, ": the value is missing, the next word is ", value));
  }
}

}  // namespace

std::optional<std::int64_t> whole_number(std::string_view text) {
  return number_of<std::int64_t>(text);
}

std::optional<double> finite_number(std::string_view text) {
  const std::optional<double> value = number_of<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

CLI::Validator whole_between(std::int64_t least, std::int64_t greatest) {
  const auto check = [least, greatest](std::string& text) {
    const std::optional<std::int64_t> value = whole_number(text);
    const bool is_bounded = greatest < std::numeric_limits<std::int64_t>::max();
    if (!value || *value < least || *value > greatest) {
      return is_bounded && value && *value > greatest
                 ? message(text, " is no whole number from ", least, " to ", greatest)
                 : message(text, " is no whole number >= ", least,
                           value ? "" : " that 64 bits hold, in decimal digits");
    }
    text = message(*value);  // CLI11 takes 010 for 8.
    return std::string();
  };
  return CLI::Validator(check, /*validator_desc=*/"");
}

CLI::Validator check_between(double least, double greatest) {
  const auto check = [least, greatest](const std::string& text) {
    const std::optional<double> value = finite_number(text);
    if (value && *value >= least && *value <= greatest) return std::string();
    return message(text, " is no number from ", least, " to ", greatest);
  };
  return CLI::Validator(check, /*validator_desc=*/"");
}

CLI::Validator check_one_of(std::vector<std::string> names) {
  const auto check = [names = std::move(names)](const std::string& text) {
    if (std::ranges::count(names, text) > 0) return std::string();
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ",") + name;
    return message(text, " not in {", all, '}', did_you_mean(text, names));
  };
  return CLI::Validator(check, /*validator_desc=*/"");
}

void check_words(const CLI::App& app, std::span<const std::string> words) {
  const CLI::App* const command = command_of(app, words);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") break;
    if (word.empty()) {
      throw UsageError("an argument is empty; is a variable of the shell not set?");
    }
    if (!word.starts_with("--") || command == nullptr) continue;
    const std::size_t equals = word.find('=');
    const std::string flag = word.substr(0, equals);
    if (equals != std::string::npos) {
      check_value(flag, word.substr(equals + 1));
    } else if (i + 1 < words.size() && takes_value(*command, flag)) {
      check_value(flag, words[++i]);
    }
  }
}

std::string what_is_unknown(const CLI::App& app) {
  const auto used = app.get_subcommands();
  const CLI::App& command = used.empty() ? app : *used.front();
  const std::vector<std::string> left = app.remaining(/*recurse=*/true);
  if (left.empty()) return "something is not known";
  const std::string word = left.front().substr(0, left.front().find('='));
  std::vector<std::string> names;
  if (word.starts_with('-')) {
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    return message("the option ", word, " is not known", did_you_mean(word, names));
  }
  if (!used.empty()) return message("the argument ", word, " is one too many");
  for (const CLI::App* some : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(some->get_name());
  }
  return message("the command ", word, " is not known", did_you_mean(word, names));
}

void check_distinct(const std::vector<std::pair<std::string, std::filesystem::path>>& files) {
  const auto whole = [](const std::filesystem::path& path) {
    std::error_code ignored;
    std::filesystem::path result = std::filesystem::weakly_canonical(path, ignored);
    return result.empty() ? path.lexically_normal() : result;
  };
  for (std::size_t i = 0; i < files.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto &a = files[j].second, &b = files[i].second;
      if (a.empty() || b.empty() || a == "-" || b == "-") continue;
      if (std::filesystem::is_character_file(b)) continue;  // A terminal, /dev/null: they last.
      std::error_code ignored;  // Of files that are not there: then names decide.
      if (whole(a) != whole(b) && !std::filesystem::equivalent(a, b, ignored)) continue;
      throw UsageError(message(files[j].first, " and ", files[i].first, " are one file, ",
                               b.string(), ": expected two"));
    }
  }
}

}  // namespace espalier::apps
