#include <espalier/apps/tree_data.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include <CLI/CLI.hpp>

#include <espalier/apps/command.h>
#include <espalier/apps/option_checks.h>
#include <espalier/base/error.h>
#include <espalier/datasets/listops.h>
#include <espalier/datasets/sentiment_treebank.h>

namespace espalier::apps {
namespace {

constexpr std::string_view kTreebankFiles = "train.txt, dev.txt and test.txt, PTB trees";

constexpr std::array<TreeDataset, 3> kDatasets = {{
    {"listops", "ListOps (Nangia and Bowman 2018): the value of nested list operations, 10 classes",
     "", TreeFormat::kListOps},
    {"sst", "Stanford Sentiment Treebank (Socher et al. 2013): five classes of sentiment",
     kTreebankFiles, TreeFormat::kBracketed},
    {"sst-binary", "the same, positive or negative, without neutral sentences", kTreebankFiles,
     TreeFormat::kBracketed},
}};

// The data are the same whatever the seed of training.
constexpr std::uint64_t kListOpsSeed = 0;

TreeData load_listops_data(const TreeDataOptions& options) {
  datasets::ListOpsOptions draw{.seed = kListOpsSeed};
  if (options.max_length) draw.max_length = *options.max_length;
  if (options.train_size) {
    draw.num_train = *options.train_size;
    draw.num_dev = draw.num_test = std::max<std::size_t>(1, *options.train_size / 8);
  }
  datasets::ListOps data = datasets::generate_listops(draw);
  return {.vocabulary = std::move(data.vocabulary),
          .train = std::move(data.train),
          .dev = std::move(data.dev),
          .test = std::move(data.test),
          .classes = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}};
}

std::filesystem::path treebank_folder(const TreeDataOptions& options) {
  std::filesystem::path root = options.folder;
  if (const char* const variable = std::getenv("ESPALIER_DATA"); root.empty() && variable) {
    root = variable;
  }
  if (root.empty()) {
    throw UsageError(message("the data set ", options.dataset, " needs its files (", kTreebankFiles,
                             "): give their folder with --data DIR, or set ESPALIER_DATA to a ",
                             "folder that has them in a subfolder sst"));
  }
  for (std::filesystem::path folder : {root, root / "sst"}) {
    std::error_code ignored;
    if (std::filesystem::exists(folder / "train.txt", ignored)) return folder;
  }
  throw FileError(message(root.string(), ": no data set ", options.dataset, ", expected ",
                          kTreebankFiles, ", there or in a subfolder sst"));
}

TreeData load_treebank_data(const TreeDataOptions& options) {
  if (options.train_size || options.max_length) {
    throw UsageError("--train-size and --max-length are for the data set listops alone");
  }
  const bool is_binary = options.dataset == "sst-binary";
  datasets::SentimentTreebank data = datasets::load_sentiment_treebank(
      treebank_folder(options),
      is_binary ? datasets::SentimentClasses::kBinary : datasets::SentimentClasses::kFine);
  TreeData result{.vocabulary = std::move(data.vocabulary),
                  .train = std::move(data.train),
                  .dev = std::move(data.dev),
                  .test = std::move(data.test)};
  if (is_binary) {
    result.classes = {"negative", "neutral", "positive"};
    result.unpredicted_class = 1;
  } else {
    result.classes = {"very negative", "negative", "neutral", "positive", "very positive"};
  }
  return result;
}

}  // namespace

std::span<const TreeDataset> tree_datasets() { return kDatasets; }

std::vector<std::string> tree_dataset_names() {
  std::vector<std::string> names;
  for (const TreeDataset& dataset : kDatasets) names.emplace_back(dataset.name);
  return names;
}

const TreeDataset& tree_dataset(std::string_view name) {
  const auto found = std::ranges::find(kDatasets, name, &TreeDataset::name);
  if (found == kDatasets.end()) throw OptionError(message("no data set \"", name, '"'));
  return *found;
}

void add_data_options(CLI::App& command, TreeDataOptions& options) {
  command.add_option("--dataset", options.dataset, "Data set; `espalier list` shows them")
      ->check(CLI::IsMember(tree_dataset_names()));
  command
      .add_option("--data", options.folder,
                  "Folder of the data set, or one with a subfolder for it [$ESPALIER_DATA]")
      ->type_name("DIR");
  command
      .add_option("--train-size", options.train_size,
                  "listops: expressions to train on [80000]; dev and test have an eighth each")
      ->type_name("N")
      ->check(at_least(1));
  command
      .add_option("--max-length", options.max_length,
                  "listops: greatest length of an expression, in tokens, >= 4 [no limit]")
      ->type_name("N")
      ->check(at_least(4));
}

TreeData load_tree_data(const TreeDataOptions& options) {
  switch (tree_dataset(options.dataset).format) {
    case TreeFormat::kListOps:
      return load_listops_data(options);
    case TreeFormat::kBracketed:
      return load_treebank_data(options);
  }
  return {};
}

}  // namespace espalier::apps
