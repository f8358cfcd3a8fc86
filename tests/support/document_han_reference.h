#pragma once

#include <vector>

#include <espalier/data/labelled_document.h>

#include "tests/support/tree_lstm_reference.h"

// The hierarchical attention network in double precision, a word and an element at a time, as Yang
// et al. 2016 print it: slow, obvious, and without a line of code in common with layers/.
namespace espalier::test {

struct ReferenceDocument {
  std::vector<double> logits;
  std::vector<double> word_weights;      ///< Of the words, in order.
  std::vector<double> sentence_weights;  ///< Of the sentences that are not empty, in order.
};

/// Eqs. 1-11. `values` are the parameters of a models::DocumentHAN, by name.
ReferenceDocument document_han(const Values& values, const LabelledDocument& document);

}  // namespace espalier::test
