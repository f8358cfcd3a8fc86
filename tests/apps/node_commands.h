#pragma once

#include <string>
#include <vector>

#include "tests/datasets/files.h"

namespace espalier::test {

/// Six papers of two classes, "good" and "bad": the even ones share one author, the odd ones
/// another, and all but paper 5 share a venue. Files by name, to be changed before they are
/// written.
struct SmallTypedGraph {
  std::string json = R"({
  "format": "espalier typed graph 1",
  "node_types": [{"name": "paper", "count": 6}, {"name": "author", "count": 2}, {"name": "venue", "count": 1}],
  "edge_types": [{"name": "by", "source": "paper", "target": "author", "file": "by.tsv"},
                 {"name": "in", "source": "paper", "target": "venue", "file": "in.tsv"}],
  "target": "paper",
  "classes": ["good", "bad"],
  "features": {"file": "words.tsv", "form": "sparse", "count": 3},
  "labels": "labels.tsv",
  "split": "split.tsv",
  "meta_paths": ["paper>author>paper", "paper>venue>paper"]
}
)";
  std::string by = "0\t0\n1\t1\n2\t0\n3\t1\n4\t0\n5\t1\n";
  std::string in = "0\t0\n1\t0\n2\t0\n3\t0\n4\t0\n";
  std::string words = "0\n1\n0 2\n1 2\n0\n1\n";
  std::string labels = "0\tgood\n1\tbad\n2\tgood\n3\tbad\n4\tgood\n5\tbad\n";
  std::string split = "0\ttrain\n1\ttrain\n2\tdev\n3\tdev\n4\ttest\n5\ttest\n";

  void write(const TemporaryFolder& folder) const {
    folder.write("graph.json", json);
    folder.write("by.tsv", by);
    folder.write("in.tsv", in);
    folder.write("words.tsv", words);
    folder.write("labels.tsv", labels);
    folder.write("split.tsv", split);
  }
};

}  // namespace espalier::test
