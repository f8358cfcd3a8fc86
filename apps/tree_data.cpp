#include <espalier/apps/tree_data.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include <espalier/datasets/listops.h>
#include <espalier/datasets/sentiment_treebank.h>

namespace espalier::apps {
namespace {

// The data are the same whatever the seed of training.
constexpr std::uint64_t kListOpsSeed = 0;

TreeData load_listops_data(const DataOptions& options) {
  datasets::ListOpsOptions draw{.seed = kListOpsSeed};
  if (options.max_length) draw.max_length = *options.max_length;
  if (options.train_size) {
    draw.num_train = *options.train_size;
    draw.num_dev = draw.num_test = std::max<std::size_t>(1, *options.train_size / 8);
  }
  Dataset<LabelledTree> data = datasets::generate_listops(draw);
  return {.vocabulary = std::move(data.vocabulary),
          .train = std::move(data.train),
          .dev = std::move(data.dev),
          .test = std::move(data.test),
          .classes = std::move(data.classes)};
}

TreeData load_treebank_data(const DataOptions& options) {
  const bool is_binary = options.dataset == "sst-binary";
  Dataset<LabelledTree> data = datasets::load_sentiment_treebank(
      data_folder(options),
      is_binary ? datasets::SentimentClasses::kBinary : datasets::SentimentClasses::kFine);
  TreeData result{.vocabulary = std::move(data.vocabulary),
                  .train = std::move(data.train),
                  .dev = std::move(data.dev),
                  .test = std::move(data.test),
                  .classes = std::move(data.classes)};
  if (is_binary) result.unpredicted_class = 1;
  return result;
}

}  // namespace

TreeFormat tree_format(std::string_view dataset) {
  return dataset == "listops" ? TreeFormat::kListOps : TreeFormat::kBracketed;
}

TreeData load_tree_data(const DataOptions& options) {
  return tree_format(options.dataset) == TreeFormat::kListOps ? load_listops_data(options)
                                                              : load_treebank_data(options);
}

}  // namespace espalier::apps
