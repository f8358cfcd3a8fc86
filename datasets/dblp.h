#pragma once

#include <filesystem>

#include <espalier/data/labelled_graph.h>

namespace espalier::datasets {

struct DblpOptions {
  int word_count = 50;        ///< A term in more of an author's papers' titles than so many counts.
  int train_per_class = 200;  ///< The first labelled authors of each class in the file's order,
  int dev_per_class = 100;    ///< the next of each; all others are test.
};

/// Authors of four areas, with papers, conferences and terms, as users have DBLP's four-area set
/// (Wang et al., "Heterogeneous Graph Attention Network", WWW 2019). In `folder`, tab separated,
/// each plain or compressed with an ending of its own; ids are any whole numbers:
///
/// - author.txt, paper.txt, conf.txt and term.txt: lines "id<TAB>name";
/// - paper_author.txt, paper_conf.txt and paper_term.txt: lines "paper<TAB>other id";
/// - author_label.txt: lines "id<TAB>label<TAB>name", labels 0 .. 3.
///
/// Names may be any bytes, and are passed over. As in the paper, authors are those with a label, in
/// the order of author_label.txt, papers those with such an author, in the order of paper.txt, and
/// conferences and terms those of such papers. Edge types "paper_author", "paper_conf" and
/// "paper_term"; features are, for each author, how often a term that occurs more than word_count
/// times in all is in the author's papers. Meta-paths author>paper>author,
/// author>paper>conf>paper>author and author>paper>term>paper>author.
///
/// Throws OptionError at options below 0, FileError if a file cannot be read, and ParseError,
/// naming the place, at other lines, an id that is given twice or is not in its own file, and a
/// class of fewer authors than train and dev want.
LabelledGraph load_dblp(const std::filesystem::path& folder, const DblpOptions& options = {});

}  // namespace espalier::datasets
