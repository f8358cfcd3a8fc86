#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace CLI {
class App;
}

namespace espalier::apps {

/// A data set that `espalier` knows by name.
struct DatasetInfo {
  std::string_view name;
  std::string_view description;
  std::string_view files;        ///< What the data folder holds; empty: none is needed.
  std::string_view folder = {};  ///< Its subfolder of a folder of data sets.
  std::string_view probe = {};   ///< A file of it, by which it is found.
  std::vector<std::string_view> options = {};  ///< Those of data options that are for it.
};

std::span<const DatasetInfo> dataset_infos();

/// Throws OptionError if there is none of this name.
const DatasetInfo& dataset_info(std::string_view name);

/// Which data to load. What is absent is as the data set has it by default.
struct DataOptions {
  std::string dataset;
  /// The data set's own folder, or one that has a subfolder for it; empty: $ESPALIER_DATA.
  std::filesystem::path folder = {};
  std::optional<std::size_t> train_size = {};  ///< Of drawn ones; dev and test get an eighth each.
  std::optional<std::size_t> max_length = {};  ///< listops: in tokens, >= 4.
  std::optional<std::size_t> length = {};      ///< adding: steps, >= 2.
  std::optional<std::size_t> delay = {};       ///< copy: steps, > 0.
  std::optional<std::string> labels = {};      ///< reviews: "rating" or "polarity".
  std::optional<int> fold = {};                ///< reviews-polarity: 1 .. 10.
  std::optional<std::string> rule = {};        ///< threads: "before" or "before-and-after".
  bool future = false;                         ///< reddit: features of what came of a comment.
  std::filesystem::path text = {};             ///< text: the file; empty: drawn from a grammar.
};

/// Adds --dataset, --data and those of single data sets. `options` must outlive `command`.
void add_data_options(CLI::App& command, DataOptions& options);

/// Throws UsageError if an option was given that is not for the data set.
void check_data_options(const DataOptions& options);

/// The folder that holds the data set's files. Throws UsageError if it is not known, FileError if
/// the files are not there.
std::filesystem::path data_folder(const DataOptions& options);

/// All but the folder, for checkpoints; and back. Throws nlohmann's exceptions.
nlohmann::ordered_json to_json(const DataOptions& options);
DataOptions data_options_from_json(std::string dataset, const nlohmann::ordered_json& json);

/// What `given` leaves open is as in `trained`, if both are of one data set.
DataOptions completed(DataOptions given, const DataOptions& trained);

}  // namespace espalier::apps
