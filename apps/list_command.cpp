#include <espalier/apps/list_command.h>

#include <string_view>

#include <CLI/CLI.hpp>

#include <espalier/apps/tree_data.h>

namespace espalier::apps {
namespace {

void list(std::ostream& out) {
  constexpr std::string_view kIndent = "                 ";
  const auto entry = [&](std::string_view name, std::string_view description) {
    out << "  " << name << kIndent.substr(2 + name.size()) << description << '\n';
  };
  out << "Models\n";
  entry("tree-lstm", "constituency Tree-LSTM: a class for every node (Tai et al. 2015)");
  out << "\nData sets for tree-lstm\n";
  for (const TreeDataset& dataset : tree_datasets()) {
    entry(dataset.name, dataset.description);
    out << kIndent << "data: "
        << (dataset.files.empty() ? "none needed, drawn at random from a fixed seed"
                                  : dataset.files)
        << '\n';
  }
  out << "\nMetrics of tree-lstm\n";
  entry("accuracy", "part of the trees whose root has the right class; chooses the best epoch");
  entry("macro_f1", "mean of the classes' F1 at the roots");
  entry("node_accuracy", "part of all labelled nodes that have the right class");
}

}  // namespace

void add_list_command(CLI::App& app, const Streams& streams) {
  app.add_subcommand("list", "List the models, the data sets and the metrics")
      ->callback([&out = streams.out] { list(out); });
}

}  // namespace espalier::apps
