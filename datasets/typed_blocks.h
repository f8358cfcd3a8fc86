#pragma once

#include <cstdint>
#include <vector>

#include <espalier/base/options.h>
#include <espalier/data/labelled_graph.h>

namespace espalier::datasets {

enum class TypedBlockFeatures { kSparse, kDense, kNone };

struct TypedBlocksOptions {
  int num_papers = 1000;
  int num_authors = 500;
  int num_tags = 200;
  int num_classes = 4;
  int max_authors = 4;     ///< Of a paper, which has 1 .. so many, each equally likely.
  int max_tags = 4;        ///< Likewise.
  float loyalty = 0.8f;    ///< An author is of the paper's class; else of any.
  float relevance = 0.3f;  ///< A word is of the paper's class; else of any.
  TypedBlockFeatures features = TypedBlockFeatures::kSparse;
  int num_features = 200;  ///< Words, or dense features.
  int num_words = 10;      ///< Drawn for a paper; one that is drawn twice counts once.
  int train_per_class = 20;
  int num_dev = 200;
  int num_test = 400;
  std::uint64_t seed = 0;

  static std::vector<Option> fields(TypedBlocksOptions& o);
};

/// Papers of several classes, with authors and tags: a stochastic block model with types, to see
/// whether a model finds out which meta-path counts.
///
/// Papers and authors have classes, as many in each as can be. An edge "written_by" goes from a
/// paper to an author of its class with probability `loyalty`, else to any author; an edge "tagged"
/// goes to any tag. So paper>author>paper leads to papers of the same class mostly, while
/// paper>tag>paper says nothing. Words belong to classes likewise, word w to class w modulo their
/// number, and are drawn as authors are, by `relevance`; dense features are standard normal, and
/// `relevance` more where the column is of the paper's class. A paper's edges of a type are to
/// different nodes, ascending.
///
/// Train has train_per_class papers of each class, dev and test others of any; the rest have
/// labels, but are in no split. The same options give the same graph. O(nodes + edges).
/// Throws OptionError if an option is out of range, or there are too few papers for the splits or
/// authors for a paper.
LabelledGraph generate_typed_blocks(const TypedBlocksOptions& options = {});

}  // namespace espalier::datasets
