#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/base/options.h>
#include <espalier/models/load_model.h>
#include <espalier/training/configuration.h>

// What a checkpoint of the command says beside what the library's do: the data set and its options.
//
//     {"model":"tree-lstm","dataset":"listops","data":{"train_size":100},"options":{…},"words":[…]}
namespace espalier::apps {

/// Such a configuration. Paths among the data options are left out.
std::string configuration(std::string_view dataset, const std::vector<Option>& data_options,
                          const training::ModelDescription& description);

/// The data set of a checkpoint, and its options as JSON. Throws ParseError if there are none.
std::string dataset_of(const models::ModelFile& file);
std::string data_options_of(const models::ModelFile& file);

/// Sets options to those of a checkpoint; what it does not say stays as it is.
/// Throws ParseError if it says what is no option, or what an option cannot be.
void set_data_options(std::vector<Option> options, const std::string& json,
                      const std::string& source);

/// Throws ParseError if a model has words and its checkpoint does not say them.
template <class Options>
void check_words(const models::ModelFile& file, const Options& options) {
  const auto check = [&](bool has, const char* what) {
    if (!has) throw ParseError({.source = file.source}, message("no ", what, " of the model"));
  };
  if constexpr (requires { options.num_words; }) check(!file.description.words.empty(), "words");
  if constexpr (requires { options.num_target_words; }) {
    check(!file.description.words.empty() && !file.description.target_words.empty(), "words");
  }
  if constexpr (requires { options.num_classes; }) {
    check(!file.description.classes.empty(), "classes");
  }
}

/// Throws Error, naming `source`, unless a data set has the classes of the model: as many, of the
/// same names.
void check_classes(const std::vector<std::string>& ours, const std::vector<std::string>& theirs,
                   std::string_view dataset, std::string_view source);

}  // namespace espalier::apps
