#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/options.h>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace espalier::apps {

/// Described options on a command line: --NAME for each (--no-NAME for a flag that is on), with its
/// help, its range as a check, and the values that it has as defaults. Where several lists have an
/// option of one name, it is one, and shows a default for each list if they differ.
class OptionArguments {
 public:
  /// `of`: whose options these are, "listops". What a user is not asked, or means nothing, is left
  /// out.
  void add(const std::vector<Option>& options, std::string_view of);

  /// All that were added; this must outlive the parsing of `command`.
  void add_to(CLI::App& command);

  /// Without dashes; "no-bias", too, of a flag that is on by default.
  bool has(const std::string& flag) const;

  /// What the options are, those that nobody gave among them: "hidden 150, dropout 0.5".
  static std::string in_force(const std::vector<std::vector<Option>>& lists);

  /// Those that were given, without dashes.
  std::set<std::string> said() const;

  /// Sets the options that were said, in every list that has them. Throws UsageError, naming one
  /// that none of the lists has as not for `what`.
  void set(const std::vector<std::vector<Option>>& lists, std::string_view what) const;

 private:
  struct Argument {
    std::vector<Option> options;                            // The first says kind and range.
    std::map<std::string, std::set<std::string>> defaults;  // Text, and whose it is.
    std::string text;
    bool on = false;
    CLI::Option* argument = nullptr;
  };

  std::vector<std::string> order_;
  std::map<std::string, std::unique_ptr<Argument>> texts_;
};

}  // namespace espalier::apps
