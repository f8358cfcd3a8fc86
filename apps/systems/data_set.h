#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <espalier/base/options.h>

namespace espalier::apps {

/// What the command says of a data set, and how its files are found.
struct DataSetInfo {
  std::string_view name;
  std::string_view description;
  std::string_view files = {};   ///< What the data folder holds; empty: none is needed.
  std::string_view folder = {};  ///< Its subfolder of a folder of data sets.
  std::string_view probe = {};   ///< A file of it, by which it is found.
};

/// The folder that holds a data set's files: `given`, or $ESPALIER_DATA if that is empty, or a
/// subfolder; nothing if it needs none. Throws UsageError if it is not known, or given where none
/// is needed, FileError if the files are not there.
std::filesystem::path data_folder(const DataSetInfo& info, const std::filesystem::path& given);

/// A data set about to be loaded: its options, to be set, and how it is loaded with them.
template <class Data>
struct DataRequest {
  std::vector<Option> options;
  std::function<Data(const std::filesystem::path& given_folder)> load;
};

/// A data set as a value. `Traits` is what its systems need to know of it beside the examples.
template <class Data, class Traits>
struct DataSet {
  DataSetInfo info;
  Traits traits;
  std::function<DataRequest<Data>()> request;
};

/// Options of a data set that has none.
struct NoOptions {
  static std::vector<Option> fields(NoOptions&) { return {}; }
};

/// A data set that `load(options, folder)` loads, `options` being `defaults` until they are set.
template <DescribedOptions OptionsOfIt, class Traits, class Load>
auto data_set(const DataSetInfo& info, Traits traits, Load load, const OptionsOfIt& defaults = {}) {
  using Data = decltype(load(std::declval<const OptionsOfIt&>(), std::filesystem::path()));
  return DataSet<Data, Traits>{info, std::move(traits), [info, load, defaults] {
                                 const auto kept = std::make_shared<OptionsOfIt>(defaults);
                                 return DataRequest<Data>{
                                     OptionsOfIt::fields(*kept),
                                     [info, kept, load](const std::filesystem::path& given) {
                                       return load(*kept, data_folder(info, given));
                                     }};
                               }};
}

/// The cap of what is drawn: example numbers have 32 bits.
inline constexpr double kMaxExamples = 1e8;

/// How many examples are drawn to train on; the other splits have an eighth each.
inline Option train_size_option(std::size_t& value) {
  return option("train_size", value,
                "Examples to draw for training; dev and test have an eighth each",
                at_least(1, kMaxExamples));
}
constexpr std::size_t eighth(std::size_t train_size) { return train_size < 8 ? 1 : train_size / 8; }

/// Throws OutOfMemory if so many examples for training, and those of the other splits, are more
/// than all the memory of the machine: one that only promises memory would end the process instead.
void check_memory(std::size_t train_size, std::size_t bytes_each);

/// Options of a data set that is drawn at random.
template <std::size_t kTrainSize>
struct DrawnOptions {
  std::size_t train_size = kTrainSize;

  static std::vector<Option> fields(DrawnOptions& o) { return {train_size_option(o.train_size)}; }
};

}  // namespace espalier::apps
