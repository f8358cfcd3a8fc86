#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <espalier/apps/commands/commands.h>
#include <espalier/apps/commands/example_file.h>
#include <espalier/apps/commands/option_checks.h>
#include <espalier/base/error.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/training/line_plot.h>

namespace espalier::apps {
namespace {

struct Arguments {
  std::vector<std::filesystem::path> files;
  std::string metric = "train_loss";
  std::filesystem::path output = "-";
  training::LinePlotOptions options;
};

// The metric of one epoch, and its number; nothing of other lines.
std::optional<std::pair<double, double>> point(const nlohmann::json& line,
                                               const std::string& metric) {
  if (line.value("event", "") != "epoch") return std::nullopt;
  const double epoch = line.at("epoch");
  if (line.contains(metric) && line[metric].is_number()) return {{epoch, line[metric]}};
  const nlohmann::json& dev = line.at("dev");
  if (dev.contains(metric) && dev[metric].is_number()) return {{epoch, dev[metric]}};
  return std::nullopt;
}

training::Line read_line_of(const std::filesystem::path& path, const std::string& metric) {
  training::Line line{.name = path.stem().string(), .points = {}};
  datasets::LineReader reader(path);
  while (const auto text = reader.next()) {
    const auto json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
    try {
      if (const auto p = point(json, metric)) line.points.push_back(*p);
    } catch (const nlohmann::json::exception&) {
      throw ParseError(reader.where(), "expected a line of `espalier train --metrics`");
    }
  }
  if (line.points.empty()) {
    throw ParseError(reader.file(), message("no epoch has the metric \"", metric, '"'));
  }
  return line;
}

void plot(const Arguments& arguments, const Streams& streams) {
  for (const auto& file : arguments.files) {
    check_distinct({{"FILES", file}, {"--output", arguments.output}});
  }
  std::vector<training::Line> lines;
  for (const auto& file : arguments.files) lines.push_back(read_line_of(file, arguments.metric));
  training::LinePlotOptions options = arguments.options;
  options.x_label = "epoch";
  options.y_label = arguments.metric;
  write_output(arguments.output, training::line_plot_svg(lines, options), streams.out);
}

}  // namespace

void add_plot_command(CLI::App& app, const Streams& streams) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command = app.add_subcommand("plot", "Plot curves of learning as SVG");
  command->footer(
      "Each file becomes a line, named after the file. Example:\n"
      "espalier plot lstm.jsonl gru.jsonl rnn.jsonl --metric mse --output adding.svg");
  command->add_option("FILES", arguments->files, "What `espalier train --metrics` wrote")
      ->type_name("")
      ->required();
  command->add_option("--metric", arguments->metric, "train_loss, or one of dev [train_loss]")
      ->type_name("NAME");
  command->add_option("--title", arguments->options.title, "Above the picture")->type_name("TEXT");
  command->add_flag("--log", arguments->options.log_y, "A logarithmic scale");
  command->add_option("--output", arguments->output, "The picture; - is standard output [-]")
      ->type_name("FILE");
  command->callback([arguments, streams] { plot(*arguments, streams); });
}

}  // namespace espalier::apps
