#include <espalier/apps/commands/option_arguments.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include <CLI/CLI.hpp>

#include <espalier/apps/command.h>
#include <espalier/apps/commands/option_checks.h>
#include <espalier/apps/commands/suggestion.h>
#include <espalier/base/error.h>

namespace espalier::apps {
namespace {

using Kind = Option::Kind;

constexpr std::string_view kNo = "no-";  // Of a flag that is on unless that is said.

// The options of a list that a user may set, those of groups among them.
void flatten(const std::vector<Option>& options, std::vector<Option>& flat) {
  for (const Option& option : options) {
    if (option.is_given() || !option.applies()) continue;
    if (option.kind() == Kind::kGroup) {
      flatten(option.fields(), flat);
    } else {
      flat.push_back(option);
    }
  }
}

std::vector<Option> flattened(const std::vector<Option>& options) {
  std::vector<Option> flat;
  flatten(options, flat);
  return flat;
}

std::string default_text(const Option& option) {
  const Option::Value value = option.get();
  if (std::holds_alternative<bool>(value)) return std::get<bool>(value) ? "on" : "";
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return message(*whole);
  if (const auto* number = std::get_if<double>(&value)) {
    return message(static_cast<float>(*number));  // 0.3 of a float, not 0.300000012.
  }
  return std::get<std::string>(value);
}

// Sets an option from a text; says what is wrong with it, or nothing.
std::string set_text(const Option& option, const std::string& text) {
  const bool is_whole = option.kind() == Kind::kInteger;
  if (is_whole) {
    const std::optional<std::int64_t> value = whole_number(text);
    if (!value || !option.in_range(static_cast<double>(*value)) ||
        !option.holds(static_cast<double>(*value))) {
      return message(text, " is no whole number, ",
                     option.expected(static_cast<double>(value.value_or(0))));
    }
    option.set(*value);
  } else if (option.kind() == Kind::kNumber) {
    const std::optional<double> value = finite_number(text);
    if (!value || !option.in_range(*value) || !option.holds(*value)) {
      return message(text, " is no number, ", option.expected());
    }
    option.set(*value);
  } else if (option.kind() == Kind::kChoice) {
    if (std::ranges::count(option.choices(), text) == 0) {
      return message(text, " is not ", option.expected(), did_you_mean(text, option.choices()));
    }
    option.set(text);
  } else {
    option.set(text);
  }
  return {};
}

const char* type_name(Kind kind) {
  switch (kind) {
    case Kind::kInteger:
      return "N";
    case Kind::kNumber:
      return "X";
    case Kind::kPath:
      return "FILE";
    case Kind::kText:
    case Kind::kChoice:
    case Kind::kFlag:
    case Kind::kGroup:
      break;
  }
  return "TEXT";
}

}  // namespace

void OptionArguments::add(const std::vector<Option>& options, std::string_view of) {
  for (const Option& option : flattened(options)) {
    auto& argument = texts_[option.flag()];
    if (argument == nullptr) {
      argument = std::make_unique<Argument>();
      order_.push_back(option.flag());
    }
    argument->options.push_back(option);
    argument->defaults[default_text(option)].insert(std::string(of));
  }
}

bool OptionArguments::has(const std::string& flag) const {
  if (texts_.contains(flag)) return true;
  const auto found = flag.starts_with(kNo) ? texts_.find(flag.substr(kNo.size())) : texts_.end();
  return found != texts_.end() && found->second->options.front().kind() == Kind::kFlag &&
         found->second->defaults.contains("on");
}

void OptionArguments::add_to(CLI::App& command) {
  for (const std::string& flag : order_) {
    Argument& argument = *texts_.at(flag);
    const Option& option = argument.options.front();
    std::string help = option.help();
    if (option.kind() == Kind::kChoice) help += ": " + option.expected();
    std::string defaults;
    for (const auto& [text, names] : argument.defaults) {
      if (text.empty()) continue;
      if (!defaults.empty()) defaults += ", ";
      if (argument.defaults.size() > 1) {
        for (const std::string& name : names) defaults += name + ' ';
      }
      defaults += text;
    }
    if (!defaults.empty()) help += " [" + defaults + ']';
    if (option.kind() == Kind::kFlag) {
      const bool may_be_on = argument.defaults.contains("on");
      const std::string names = may_be_on ? message("--", flag, ",!--", kNo, flag) : "--" + flag;
      argument.argument = command.add_flag(names, argument.on, help);
      continue;
    }
    argument.argument = command.add_option("--" + flag, argument.text, help);
    argument.argument->type_name(type_name(option.kind()))
        ->check(CLI::Validator(
            [&argument](const std::string& text) {
              return set_text(argument.options.front(), text);
            },
            /*validator_desc=*/""));
  }
}

std::string OptionArguments::in_force(const std::vector<std::vector<Option>>& lists) {
  std::string all;
  for (const std::vector<Option>& list : lists) {
    for (const Option& option : flattened(list)) {
      const std::string text = default_text(option);
      const bool is_off = option.kind() == Kind::kFlag && text.empty();
      if (!all.empty()) all += ", ";
      all += message(option.flag(), ' ', is_off ? "off" : text.empty() ? "none" : text);
    }
  }
  return all;
}

std::set<std::string> OptionArguments::said() const {
  std::set<std::string> flags;
  for (const auto& [flag, argument] : texts_) {
    if (argument->argument != nullptr && argument->argument->count() > 0) flags.insert(flag);
  }
  return flags;
}

void OptionArguments::set(const std::vector<std::vector<Option>>& lists,
                          std::string_view what) const {
  for (const std::string& flag : said()) {
    const Argument& argument = *texts_.at(flag);
    bool is_known = false;
    for (const std::vector<Option>& list : lists) {
      for (const Option& option : flattened(list)) {
        if (option.flag() != flag) continue;
        is_known = true;
        if (option.kind() == Kind::kFlag) {
          option.set(argument.on);
        } else if (const std::string wrong = set_text(option, argument.text); !wrong.empty()) {
          throw UsageError(message("--", flag, ": ", wrong));
        }
      }
    }
    if (!is_known) throw UsageError(message("--", flag, " is not for ", what));
  }
}

}  // namespace espalier::apps
