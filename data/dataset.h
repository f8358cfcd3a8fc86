#pragma once

#include <string>
#include <vector>

#include <espalier/data/splits.h>
#include <espalier/data/vocabulary.h>

namespace espalier {

/// Examples by split, and what the numbers in them mean.
template <class Example>
struct Dataset : Splits<std::vector<Example>> {
  Vocabulary vocabulary;
  std::vector<std::string> classes;  ///< The names of the labels 0, 1, …; none without classes.

  // As options of models take them.
  int num_words() const { return static_cast<int>(vocabulary.size()); }
  int num_classes() const { return static_cast<int>(classes.size()); }
};

}  // namespace espalier
