#pragma once

#include <filesystem>

#include <espalier/data/labelled_graph.h>

namespace espalier::datasets {

/// Papers and who cites whom, Cora or Citeseer (Sen et al., "Collective Classification in Network
/// Data", AI Magazine 2008) with the splits of Yang, Cohen and Salakhutdinov, ICML 2016. In
/// `folder`, each plain or compressed with an ending of its own:
///
/// - nodes.tsv: lines "paper<TAB>label<TAB>train|val|test|none", papers 0, 1, … in order, label -1
///   for none;
/// - features.tsv: line i, the columns of paper i's words, separated by blanks;
/// - edges.tsv: lines "a<TAB>b", a <= b, each undirected link once.
///
/// One node type, "paper"; one edge type, "cites", which has every link both ways, as
/// graph/laplacian.h asks, and a link of a paper to itself once; columns ascend. Classes have no
/// other names than their numbers. Features are the words as they are: rows are not divided by
/// their sums.
///
/// Throws FileError if a file cannot be read, and ParseError, naming the place, at what is not so.
LabelledGraph load_citations(const std::filesystem::path& folder);

}  // namespace espalier::datasets
