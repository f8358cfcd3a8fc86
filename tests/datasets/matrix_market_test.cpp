#include <espalier/datasets/matrix_market.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Ids = std::vector<NodeId>;
using Floats = std::vector<float>;

template <class T>
std::vector<T> list(std::span<const T> items) {
  return {items.begin(), items.end()};
}

class MatrixMarketTest : public testing::Test {
 protected:
  Adjacency load(const std::string& kind, const std::string& text) {
    return load_matrix_market(
        folder_.write("m.mtx", "%%MatrixMarket matrix coordinate " + kind + "\n" + text));
  }
  // Without the name of the file.
  std::string error_in(const std::string& kind, const std::string& text) {
    return error_of<ParseError>([&] { load(kind, text); })
        .substr((folder_.path() / "m.mtx").string().size());
  }

  test::TemporaryFolder folder_;
};

TEST_F(MatrixMarketTest, ReadsGeneralMatrices) {
  const Adjacency real =
      load("REAL general", "% a comment\n\n2 3 3\n2 3 -1.5\n 1\t2 4\n2 1 1e-3\n");
  EXPECT_EQ(real.num_rows(), 2u);
  EXPECT_EQ(real.num_columns(), 3u);
  EXPECT_EQ(list(real.columns()), (Ids{1, 0, 2}));
  EXPECT_EQ(list(real.weights()), (Floats{4, 1e-3f, -1.5f}));
  EXPECT_EQ(list(load("integer general", "1 1 1\n1 1 7\n").weights()), (Floats{7}));
  EXPECT_FALSE(load("pattern general", "1 1 1\n1 1\n").has_weights());
}

TEST_F(MatrixMarketTest, MirrorsSymmetricMatrices) {
  const Adjacency matrix = load("real symmetric", "3 3 3\n1 1 2\n3 1 5\n3 2 6\n");
  EXPECT_EQ(list(matrix.offsets()), (std::vector<EdgeId>{0, 2, 3, 5}));
  EXPECT_EQ(list(matrix.columns()), (Ids{0, 2, 2, 0, 1}));
  EXPECT_EQ(list(matrix.weights()), (Floats{2, 5, 6, 5, 6}));
}

TEST_F(MatrixMarketTest, WritesWhatItReadsBackBitForBit) {
  const std::filesystem::path path = folder_.path() / "saved.mtx";
  for (const Adjacency& saved : {Adjacency(4, {0, 1, 1, 3}, {3, 0, 2}, {0.1f, -3e-41f, 1e30f}),
                                 Adjacency(4, {0, 1, 1, 3}, {3, 0, 2}), Adjacency()}) {
    save_matrix_market(saved, path);
    const Adjacency loaded = load_matrix_market(path);
    EXPECT_EQ(loaded.num_columns(), saved.num_columns());
    EXPECT_EQ(list(loaded.offsets()), list(saved.offsets()));
    EXPECT_EQ(list(loaded.columns()), list(saved.columns()));
    EXPECT_EQ(list(loaded.weights()), list(saved.weights()));
  }
}

TEST_F(MatrixMarketTest, RefusesWhatItDoesNotRead) {
  for (const char* const kind :
       {"complex general", "real skew-symmetric", "real", "real general x"}) {
    EXPECT_NE(error_in(kind, "").find("expected \"%%MatrixMarket matrix coordinate real"),
              std::string::npos);
  }
  EXPECT_EQ(error_in("real general", ""),
            ": the file ends, expected three sizes: rows, columns, entries");
  EXPECT_EQ(error_in("real general", "1 1\n"),
            ":2:1: found 2 numbers, expected three sizes: rows, columns, entries");
  EXPECT_EQ(error_in("real general", "4000000000 1 0\n"),
            ":2:1: found \"4000000000\", expected 0 .. 1048576");
  EXPECT_EQ(error_in("real general", "2 2 1\n1 3 1\n"), ":3:3: found \"3\", expected 1 .. 2");
  EXPECT_EQ(error_in("real general", "2 2 1\n0 1 1\n"), ":3:1: found \"0\", expected 1 .. 2");
  EXPECT_EQ(error_in("real general", "2 2 1\n1 1 inf\n"),
            ":3:5: found \"inf\", expected a finite number");
  EXPECT_EQ(error_in("pattern general", "2 2 1\n1 1 1\n"),
            ":3:1: found 3 numbers, expected an entry: row, column");
  EXPECT_EQ(error_in("real general", "2 2 2\n1 1 1\n"),
            ": the file ends, expected an entry: row, column, value");
  EXPECT_EQ(error_in("real general", "2 2 1\n1 1 1\n1 2 1\n"),
            ":4:1: found another entry, expected 1");
  EXPECT_EQ(error_in("real symmetric", "2 2 1\n1 2 1\n"),
            ":3:1: an entry above the diagonal of a symmetric matrix, expected none");
  EXPECT_EQ(error_in("real symmetric", "2 3 0\n"),
            ":2:1: a symmetric matrix of 2 x 3, expected as many rows as columns");
}

}  // namespace
}  // namespace espalier::datasets
