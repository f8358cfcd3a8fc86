#include <espalier/apps/commands/option_checks.h>

#include <string>

#include <espalier/base/error.h>

namespace espalier::apps {

CLI::Validator check_at_least(std::int64_t least) {
  const auto check = [least](const std::string& text) {
    std::int64_t value = 0;
    if (CLI::detail::lexical_cast(text, value) && value >= least) return std::string();
    return message(text, " is no whole number >= ", least);
  };
  return CLI::Validator(check, /*validator_desc=*/"");
}

CLI::Validator check_between(double least, double greatest) {
  const auto check = [least, greatest](const std::string& text) {
    double value = 0.0;
    const bool is_number = CLI::detail::lexical_cast(text, value);
    if (is_number && value >= least && value <= greatest) return std::string();
    return message(text, " is no number from ", least, " to ", greatest);
  };
  return CLI::Validator(check, /*validator_desc=*/"");
}

}  // namespace espalier::apps
