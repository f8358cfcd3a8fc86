#include <espalier/apps/command_line.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include <espalier/apps/command.h>
#include <espalier/apps/commands/commands.h>
#include <espalier/apps/commands/option_checks.h>
#include <espalier/base/error.h>
#include <espalier/base/utf8.h>

namespace espalier::apps {
namespace {

constexpr int kSuccess = 0;
constexpr int kFailure = 1;
constexpr int kWrongUsage = 2;

// Line by line, for CLI11 has messages of several; what arguments and files bring in is shown.
int fail(std::ostream& err, int status, std::string_view what) {
  err << "espalier: ";
  while (!what.empty()) {
    const std::string_view line = what.substr(0, what.find('\n'));
    err << printable(line) << '\n';
    what.remove_prefix(std::min(line.size() + 1, what.size()));
  }
  err << std::flush;
  return status;
}

int fail_usage(std::ostream& err, std::string_view what) {
  return fail(err, kWrongUsage, message(what, "\n`espalier COMMAND --help` says how to use it."));
}

// CLI11 shows "--no-x{false}" for the flag that turns another off.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    std::string name = CLI::Formatter::make_option_name(option, is_positional);
    constexpr std::string_view kValue = "{false}";
    if (const std::size_t at = name.find(kValue); at != std::string::npos) {
      name.erase(at, kValue.size());
    }
    return name;
  }
};

}  // namespace

void check_written(std::ostream& out) {
  if (!out.flush()) throw FileError("standard output: cannot be written");
}

int run(std::span<const std::string> arguments, std::istream& in, std::ostream& out,
        std::ostream& err) {
  const Streams streams{in, out, err};
  CLI::App app("Structured recurrence on graphs: trains, evaluates and applies networks on them.",
               "espalier");
  app.set_version_flag("--version", "espalier " ESPALIER_VERSION);
  app.formatter(std::make_shared<HelpFormatter>());
  app.require_subcommand(0, 1);  // Not 1: then a misspelt command would count as none.
  app.footer(
      "Exit status: 0 success, 1 bad data or files, 2 wrong usage, 128 and the signal's number if\n"
      "a run was ended by one.");
  try {
    add_list_command(app, streams);
    add_train_command(app, arguments, streams);
    add_evaluate_command(app, streams);
    add_predict_command(app, streams);
    add_draw_command(app, streams);
    add_generate_command(app, streams);
    add_plot_command(app, streams);
    check_words(app, arguments);
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    if (app.get_subcommands().empty()) return fail_usage(err, "a command is required");
    check_written(out);
    return kSuccess;
  } catch (const CLI::ExtrasError&) {
    return fail_usage(err, what_is_unknown(app));
  } catch (const CLI::ParseError& error) {
    const bool asked_for_help = error.get_exit_code() == 0;
    if (!asked_for_help) return fail_usage(err, error.what());
    app.exit(error, out, err);
    return out.flush() ? kSuccess : fail(err, kFailure, "standard output: cannot be written");
  } catch (const UsageError& error) {
    return fail_usage(err, error.what());
  } catch (const Interrupted& interrupted) {
    return fail(err, 128 + interrupted.signal, interrupted.what);
  } catch (const OutOfMemory& error) {
    return fail(err, kFailure, error.what());
  } catch (const std::bad_alloc&) {
    return fail(err, kFailure, "out of memory");
  } catch (const std::length_error&) {  // Of a container: more than addresses there are.
    return fail(err, kFailure, "out of memory");
  } catch (const std::exception& error) {
    return fail(err, kFailure, error.what());
  }
}

}  // namespace espalier::apps
