#pragma once

#include <filesystem>
#include <vector>

#include <espalier/data/dataset.h>
#include <espalier/data/scored_pair.h>

namespace espalier::datasets {

/// The two parses that every sentence of SICK comes with.
enum class SickParses {
  /// Node v is token v, so that nodes are in the order of the words; its label is the number of its
  /// relation to its head in `Sick::relations`.
  kDependency,
  /// Binary; the leaves are the tokens in their order, inner nodes have no word, and no node has a
  /// label. Nodes are numbered in postorder, so that the left child, which spans the earlier
  /// tokens, comes before the right one in Tree's order of siblings.
  kConstituency,
};

/// Pairs of sentences with a score of 1 (not related at all) .. 5 (as can be). The vocabulary is
/// the same for both parses.
struct Sick : Dataset<ScoredPair> {
  Vocabulary relations;  ///< Nothing but the unknown one with SickParses::kConstituency.
};

/// Sentences Involving Compositional Knowledge (Marelli et al., "A SICK cure for the evaluation of
/// compositional distributional semantic models", LREC 2014), parsed as Tai, Socher and Manning
/// (2015) do. `folder` holds train, dev and test; of each of them, line i of sim.txt has the score
/// of pair i, and lines i of a.toks, a.parents and a.rels, or a.cparents, have its first sentence,
/// those of b.* its second.
///
/// The vocabulary is built over all three parts, train first: a word that occurs in dev or test
/// alone can thus have a pre-trained vector. Words keep their case.
///
/// Throws FileError and ParseError as LineReader does, and ParseError at files whose numbers of
/// lines differ, a line without tokens, as many heads or relations as there are not tokens, heads
/// that are no tree or, of a constituency parse, no binary one over tokens in their order, and a
/// score that is no number in 1 .. 5.
Sick load_sick(const std::filesystem::path& folder, SickParses parses = SickParses::kDependency);

}  // namespace espalier::datasets
