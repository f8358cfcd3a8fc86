#include <espalier/apps/data_options.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <espalier/apps/command.h>
#include <espalier/apps/option_checks.h>
#include <espalier/base/error.h>

namespace espalier::apps {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kTreebankFiles = "train.txt, dev.txt and test.txt, PTB trees";

const std::vector<DatasetInfo>& all_datasets() {
  static const std::vector<DatasetInfo> all = {
      {.name = "listops",
       .description =
           "ListOps (Nangia and Bowman 2018): the value of nested list operations, 10 classes",
       .files = "",
       .options = {"--train-size", "--max-length"}},
      {.name = "sst",
       .description = "Stanford Sentiment Treebank (Socher et al. 2013): five classes of sentiment",
       .files = kTreebankFiles,
       .folder = "sst",
       .probe = "train.txt"},
      {.name = "sst-binary",
       .description = "the same, positive or negative, without neutral sentences",
       .files = kTreebankFiles,
       .folder = "sst",
       .probe = "train.txt"},
      {.name = "adding",
       .description =
           "adding problem (Hochreiter and Schmidhuber 1997): the sum of the two numbers marked",
       .files = "",
       .options = {"--train-size", "--length"}},
      {.name = "copy",
       .description = "copy task (Arjovsky et al. 2016): ten symbols, to be said after a delay",
       .files = "",
       .options = {"--train-size", "--delay"}},
      {.name = "dates",
       .description = "dates as people write them, to be said as 2019-05-03",
       .files = "",
       .options = {"--train-size"}},
      {.name = "text",
       .description = "a text, to be continued character by character; by default one is drawn "
                      "from a small grammar",
       .files = "",
       .options = {"--text"}},
      {.name = "planted-documents",
       .description = "documents of which one sentence says the class",
       .files = "",
       .options = {"--train-size"}},
      {.name = "reviews",
       .description = "film reviews (Maas et al. 2011): the rating, 8 classes, or the polarity",
       .files = "train.tsv.gz and test.tsv.gz",
       .folder = "reviews",
       .probe = "train.tsv.gz",
       .options = {"--labels"}},
      {.name = "reviews-polarity",
       .description = "film reviews (Pang and Lee 2004): positive or negative, ten folds",
       .files = "polarity.txt.gz",
       .folder = "reviews_polarity",
       .probe = "polarity.txt.gz",
       .options = {"--fold"}},
      {.name = "threads",
       .description = "generated discussions whose labels need the comments around, 4 classes",
       .files = "",
       .options = {"--train-size", "--rule"}},
      {.name = "reddit",
       .description =
           "discussions on Reddit: the karma of each comment, 8 levels (after Zayats and "
           "Ostendorf 2018)",
       .files = "train.jsonl.gz, dev.jsonl.gz and test.jsonl.gz",
       .folder = "reddit",
       .probe = "train.jsonl.gz",
       .options = {"--future"}},
      {.name = "sick",
       .description = "SICK (Marelli et al. 2014): how related two sentences are, 1 .. 5",
       .files = "train, dev and test, with a.toks, a.parents, … each",
       .folder = "sick",
       .probe = "train/a.toks"},
  };
  return all;
}

std::vector<std::string> dataset_names() {
  std::vector<std::string> names;
  for (const DatasetInfo& dataset : all_datasets()) names.emplace_back(dataset.name);
  return names;
}

template <class T>
void read(const ordered_json& json, const char* key, std::optional<T>& value) {
  if (json.contains(key)) value = json.at(key).get<T>();
}

template <class T>
void take(std::optional<T>& value, const std::optional<T>& from) {
  if (!value) value = from;
}

}  // namespace

std::span<const DatasetInfo> dataset_infos() { return all_datasets(); }

const DatasetInfo& dataset_info(std::string_view name) {
  const auto found = std::ranges::find(all_datasets(), name, &DatasetInfo::name);
  if (found == all_datasets().end()) throw OptionError(message("no data set \"", name, '"'));
  return *found;
}

void add_data_options(CLI::App& command, DataOptions& options) {
  command.add_option("--dataset", options.dataset, "Data set; `espalier list` shows them")
      ->check(CLI::IsMember(dataset_names()));
  command
      .add_option("--data", options.folder,
                  "Folder of the data set, or one with a subfolder for it [$ESPALIER_DATA]")
      ->type_name("DIR");
  const auto count = [&](const char* name, std::optional<std::size_t>& value, std::int64_t least,
                         const char* help) {
    command.add_option(name, value, help)->type_name("N")->check(at_least(least));
  };
  count("--train-size", options.train_size, 1,
        "Examples to draw for training; dev and test have an eighth each [listops 80000, adding "
        "20000, copy 40000, dates 20000, planted-documents 4000, threads 2000]");
  count("--max-length", options.max_length, 4,
        "listops: greatest length of an expression, in tokens, >= 4 [no limit]");
  count("--length", options.length, 2, "adding: steps of a sequence [100]");
  count("--delay", options.delay, 1, "copy: steps between what is heard and what is said [100]");
  command.add_option("--labels", options.labels, "reviews: rating or polarity [rating]")
      ->check(CLI::IsMember({"rating", "polarity"}));
  command.add_option("--fold", options.fold, "reviews-polarity: the fold to test on, 1 .. 10 [1]")
      ->type_name("N")
      ->check(between(1, 10));
  command
      .add_option("--rule", options.rule,
                  "threads: labels are made of comments before, or before and after "
                  "(before-and-after) [before]")
      ->check(CLI::IsMember({"before", "before-and-after"}));
  command.add_flag("--future", options.future,
                   "reddit: give features, too, that nobody knows when a comment is written: how "
                   "many replies it will have, and so on");
  command.add_option("--text", options.text, "text: the file to learn from, UTF-8, plain or gzip")
      ->type_name("FILE");
}

void check_data_options(const DataOptions& options) {
  const DatasetInfo& dataset = dataset_info(options.dataset);
  const auto check = [&](const char* name, bool is_given) {
    if (!is_given || std::ranges::count(dataset.options, name) > 0) return;
    std::string takers;
    for (const DatasetInfo& other : all_datasets()) {
      if (std::ranges::count(other.options, name) > 0) takers += message(' ', other.name);
    }
    throw UsageError(message(name, " is not for the data set ", dataset.name, " but for:", takers));
  };
  check("--train-size", options.train_size.has_value());
  check("--max-length", options.max_length.has_value());
  check("--length", options.length.has_value());
  check("--delay", options.delay.has_value());
  check("--labels", options.labels.has_value());
  check("--fold", options.fold.has_value());
  check("--rule", options.rule.has_value());
  check("--future", options.future);
  check("--text", !options.text.empty());
}

std::filesystem::path data_folder(const DataOptions& options) {
  const DatasetInfo& dataset = dataset_info(options.dataset);
  std::filesystem::path root = options.folder;
  if (const char* const variable = std::getenv("ESPALIER_DATA"); root.empty() && variable) {
    root = variable;
  }
  if (root.empty()) {
    throw UsageError(message("the data set ", dataset.name, " needs its files (", dataset.files,
                             "): give their folder with --data DIR, or set ESPALIER_DATA to a ",
                             "folder that has them in a subfolder ", dataset.folder));
  }
  for (std::filesystem::path folder : {root, root / dataset.folder}) {
    std::error_code ignored;
    if (std::filesystem::exists(folder / dataset.probe, ignored)) return folder;
  }
  throw FileError(message(root.string(), ": no data set ", dataset.name, ", expected ",
                          dataset.files, ", there or in a subfolder ", dataset.folder));
}

ordered_json to_json(const DataOptions& options) {
  ordered_json json = ordered_json::object();
  if (options.train_size) json["train_size"] = *options.train_size;
  if (options.max_length) json["max_length"] = *options.max_length;
  if (options.length) json["length"] = *options.length;
  if (options.delay) json["delay"] = *options.delay;
  if (options.labels) json["labels"] = *options.labels;
  if (options.fold) json["fold"] = *options.fold;
  if (options.rule) json["rule"] = *options.rule;
  if (options.future) json["future"] = true;
  return json;
}

DataOptions data_options_from_json(std::string dataset, const ordered_json& json) {
  DataOptions options{.dataset = std::move(dataset)};
  read(json, "train_size", options.train_size);
  read(json, "max_length", options.max_length);
  read(json, "length", options.length);
  read(json, "delay", options.delay);
  read(json, "labels", options.labels);
  read(json, "fold", options.fold);
  read(json, "rule", options.rule);
  options.future = json.value("future", false);
  return options;
}

DataOptions completed(DataOptions given, const DataOptions& trained) {
  if (given.dataset.empty()) given.dataset = trained.dataset;
  check_data_options(given);
  if (given.dataset != trained.dataset) return given;
  take(given.train_size, trained.train_size);
  take(given.max_length, trained.max_length);
  take(given.length, trained.length);
  take(given.delay, trained.delay);
  take(given.labels, trained.labels);
  take(given.fold, trained.fold);
  take(given.rule, trained.rule);
  given.future = given.future || trained.future;
  return given;
}

}  // namespace espalier::apps
