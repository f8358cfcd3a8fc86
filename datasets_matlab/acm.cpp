#include <espalier/datasets_matlab/acm.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/datasets_matlab/internal/matlab_file.h>

namespace espalier::datasets {
namespace {

std::string shape_of(const MatlabMatrix& matrix) {
  return message(matrix.rows(), " x ", matrix.cols());
}

// What is not 0, by rows. Without weights if all of it is 1.
Adjacency non_zeros(const MatlabFile& file, const std::string& name, const MatlabMatrix& matrix) {
  std::vector<EdgeId> offsets = {0};
  std::vector<NodeId> columns;
  std::vector<float> values;
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    for (std::size_t column = 0; column < matrix.cols(); ++column) {
      const double value = matrix.at(row, column);
      if (value == 0.0) continue;
      if (!std::isfinite(value)) {
        file.fail(name,
                  message("has ", value, " at (", row, ", ", column, "), expected finite numbers"));
      }
      columns.push_back(static_cast<NodeId>(column));
      values.push_back(static_cast<float>(value));
    }
    offsets.push_back(columns.size());
  }
  if (std::ranges::all_of(values, [](float value) { return value == 1.0f; })) values.clear();
  return Adjacency(static_cast<NodeId>(matrix.cols()), std::move(offsets), std::move(columns),
                   std::move(values));
}

Adjacency read_edges(const MatlabFile& file, const std::string& name, NodeId num_papers) {
  const MatlabMatrix matrix = file.matrix(name);
  if (matrix.rows() != num_papers || matrix.cols() != num_papers) {
    file.fail(name, message("is ", shape_of(matrix), ", expected ", num_papers, " x ", num_papers));
  }
  Adjacency edges = non_zeros(file, name, matrix);
  if (edges.has_weights()) file.fail(name, "has numbers beside 0 and 1, expected no others");
  return edges;
}

std::vector<std::int32_t> read_labels(const MatlabFile& file, std::size_t num_classes) {
  const MatlabMatrix matrix = file.matrix("label");
  if (matrix.rows() == 0 || matrix.cols() != num_classes) {
    file.fail("label", message("is ", shape_of(matrix), ", expected papers x ", num_classes));
  }
  std::vector<std::int32_t> labels(matrix.rows(), kNoLabel);
  for (std::size_t paper = 0; paper < matrix.rows(); ++paper) {
    for (std::size_t c = 0; c < num_classes; ++c) {
      const double value = matrix.at(paper, c);
      const bool is_one = value == 1.0;
      if ((!is_one && value != 0.0) || (is_one && labels[paper] != kNoLabel)) {
        file.fail("label", message("has ", value, " at (", paper, ", ", c,
                                   "), expected one 1 in a row and 0 else"));
      }
      if (is_one) labels[paper] = static_cast<std::int32_t>(c);
    }
  }
  return labels;
}

std::vector<NodeId> read_ids(const MatlabFile& file, const std::string& name, NodeId num_papers) {
  const MatlabMatrix matrix = file.matrix(name);
  if (matrix.rows() != 1 && matrix.cols() != 1) {
    file.fail(name, message("is ", shape_of(matrix), ", expected one row or one column"));
  }
  std::vector<NodeId> ids;
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    for (std::size_t column = 0; column < matrix.cols(); ++column) {
      const double id = matrix.at(row, column);
      if (!(id >= 0 && id < num_papers) || id != std::floor(id)) {
        file.fail(name, message("has ", id, ", expected a paper's number, 0 .. ", num_papers - 1));
      }
      ids.push_back(static_cast<NodeId>(id));
    }
  }
  std::ranges::sort(ids);
  return ids;
}

}  // namespace

LabelledGraph load_acm(const std::filesystem::path& folder) {
  const MatlabFile file(folder / "ACM3025.mat");
  LabelledGraph data;
  data.target = "paper";
  data.classes = {"data mining", "wireless communication", "database"};
  data.meta_paths = {"paper>(pap)paper", "paper>(psp)paper"};
  data.labels = read_labels(file, data.classes.size());
  const auto n = static_cast<NodeId>(data.labels.size());
  Adjacency pap = read_edges(file, "PAP", n), psp = read_edges(file, "PLP", n);
  data.graph = HeteroGraph({{"paper", n}}, {{"pap", "paper", "paper", std::move(pap)},
                                            {"psp", "paper", "paper", std::move(psp)}});
  const MatlabMatrix features = file.matrix("feature");
  if (features.rows() != n || features.cols() == 0) {
    file.fail("feature", message("is ", shape_of(features), ", expected ", n, " x features"));
  }
  data.features.sparse = non_zeros(file, "feature", features);
  data.nodes = {.train = read_ids(file, "train_idx", n),
                .dev = read_ids(file, "val_idx", n),
                .test = read_ids(file, "test_idx", n)};
  check(data);
  return data;
}

}  // namespace espalier::datasets
