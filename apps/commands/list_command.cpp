#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include <espalier/apps/commands/commands.h>
#include <espalier/apps/systems/systems.h>

namespace espalier::apps {
namespace {

std::string joined(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

void list(std::ostream& out) {
  out << "Models\n";
  for (const System& system : systems()) {
    std::vector<std::string_view> data_sets;
    for (const DataSetInfo& info : system.data_sets) data_sets.push_back(info.name);
    out << "  " << joined(system.models) << "\n    " << system.description
        << "\n    data sets: " << joined(data_sets) << "\n    metrics: " << system.metrics
        << "\n    predict reads: " << system.examples << "\n\n";
  }
  out << "Data sets\n";
  for (const DataSetInfo& info : all_data_sets()) {
    out << "  " << info.name << "\n    " << info.description << "\n    data: "
        << (info.files.empty() ? "none needed, drawn at random from a fixed seed" : info.files)
        << '\n';
  }
}

}  // namespace

void add_list_command(CLI::App& app, const Streams& streams) {
  app.add_subcommand("list", "List the models, the data sets and the metrics")
      ->callback([&out = streams.out] { list(out); });
}

}  // namespace espalier::apps
