#pragma once

#include <filesystem>

#include <espalier/data/labelled_graph.h>

namespace espalier::datasets {

/// The ACM papers of Wang et al., "Heterogeneous Graph Attention Network", WWW 2019, from
/// ACM3025.mat in `folder`, which has, for n papers:
///
/// - PAP and PLP, n x n of 0 and 1: who shares an author, and who a subject;
/// - feature, n x f of numbers; label, n x 3, of 1 for the paper's class and 0 for others;
/// - train_idx, val_idx and test_idx, a row or column of papers' numbers from 0.
///
/// The meta-paths are composed already there: one node type, "paper", and the edge types "pap" and
/// "psp", self loops included. Other variables are passed over.
///
/// Throws FileError if there is no such file, and ParseError, naming the file and the variable, if
/// it is no MATLAB file of version 5 to 7.3 or is cut short, if a variable is not there, or is not
/// of the shape, kind or values expected; GraphError as check() does.
LabelledGraph load_acm(const std::filesystem::path& folder);

}  // namespace espalier::datasets
