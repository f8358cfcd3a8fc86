#include <espalier/apps/list_command.h>

#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include <espalier/apps/systems.h>

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
  for (const System* system : systems()) {
    out << "  " << joined(system->models()) << "\n    " << system->description()
        << "\n    data sets: " << joined(system->datasets())
        << "\n    metrics: " << system->metrics() << "\n    predict reads: " << system->examples()
        << "\n\n";
  }
  out << "Data sets\n";
  for (const DatasetInfo& dataset : dataset_infos()) {
    out << "  " << dataset.name << "\n    " << dataset.description << "\n    data: "
        << (dataset.files.empty() ? "none needed, drawn at random from a fixed seed"
                                  : dataset.files)
        << '\n';
  }
}

}  // namespace

void add_list_command(CLI::App& app, const Streams& streams) {
  app.add_subcommand("list", "List the models, the data sets and the metrics")
      ->callback([&out = streams.out] { list(out); });
}

}  // namespace espalier::apps
