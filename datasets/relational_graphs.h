#pragma once

#include <filesystem>

#include <espalier/data/labelled_graph.h>

namespace espalier::datasets {

// Typed graphs as tables of their relations. Each of a folder's files is plain or compressed, with
// an ending of its own:
//
// - a table for each relation, lines "node<TAB>other node", from the nodes that are classified to
//   others, which are numbered by themselves and are as many as the greatest number says;
// - labels.tsv: lines "node<TAB>class", the class by its number;
// - split_20.tsv, split_40.tsv and split_60.tsv, lines "node<TAB>train|val|test", by how many nodes
//   of each class are there to learn from;
// - of the first features.tsv: line i, the columns of the words of node i.
//
// All throw OptionError unless labels_per_class is 20, 40 or 60, FileError if a file cannot be
// read, and ParseError, naming the place, at what is not so.

struct RelationalGraphOptions {
  int labels_per_class = 20;  ///< 20, 40 or 60.
};

/// ACM papers in three classes (Zhao et al., "Network Schema Preserving Heterogeneous Information
/// Network Embedding", IJCAI 2020): pa.tsv, edge type "paper_author", and ps.tsv, "paper_subject".
/// Words as they are: the source divides each row by its sum.
LabelledGraph load_acm_relations(const std::filesystem::path& folder,
                                 const RelationalGraphOptions& options = {});

/// AMiner papers in four classes, which have no names (Hu, Fang and Shi, "Adversarial Learning on
/// Heterogeneous Information Networks", KDD 2019): pa.tsv, "paper_author", and pr.tsv,
/// "paper_reference". No features.
LabelledGraph load_aminer(const std::filesystem::path& folder,
                          const RelationalGraphOptions& options = {});

/// Freebase's movies in three classes, which have no names (Li et al., "Leveraging Meta-path
/// Contexts for Classification in Heterogeneous Information Networks", ICDE 2021): ma.tsv,
/// "movie_actor", md.tsv, "movie_director", and mw.tsv, "movie_writer". No features.
LabelledGraph load_freebase(const std::filesystem::path& folder,
                            const RelationalGraphOptions& options = {});

}  // namespace espalier::datasets
