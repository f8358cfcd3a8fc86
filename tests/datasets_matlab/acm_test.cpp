#include <espalier/datasets_matlab/acm.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <matio.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Ids = std::vector<NodeId>;

struct Variable {
  std::size_t rows, cols;
  std::vector<std::uint8_t> values;  // By columns.
};
using Variables = std::map<std::string, Variable>;

// Three papers, of which 0 and 2 share an author.
Variables good() {
  return {{"PAP", {3, 3, {1, 0, 1, 0, 1, 0, 1, 0, 1}}},
          {"PLP", {3, 3, {1, 0, 0, 0, 1, 0, 0, 0, 1}}},
          {"feature", {3, 2, {0, 1, 1, 2, 0, 0}}},
          {"label", {3, 3, {1, 0, 0, 0, 0, 1, 0, 1, 0}}},
          {"train_idx", {1, 1, {2}}},
          {"val_idx", {1, 1, {0}}},
          {"test_idx", {1, 1, {1}}}};
}

class AcmTest : public testing::Test {
 protected:
  LabelledGraph load(Variables variables, matio_compression compression = MAT_COMPRESSION_ZLIB) {
    mat_t* const file = Mat_CreateVer(path_.c_str(), nullptr, MAT_FT_MAT5);
    for (auto& [name, variable] : variables) {
      std::size_t dims[] = {variable.rows, variable.cols};
      matvar_t* const written =
          Mat_VarCreate(name.c_str(), MAT_C_UINT8, MAT_T_UINT8, 2, dims, variable.values.data(), 0);
      Mat_VarWrite(file, written, compression);
      Mat_VarFree(written);
    }
    Mat_Close(file);
    return load_acm(path_.parent_path());
  }
  // Without the name of the file.
  std::string error_with(const std::string& name, const Variable& variable) {
    Variables variables = good();
    variables[name] = variable;
    return error_of<ParseError>([&] { load(variables); }).substr(path_.string().size());
  }

  test::TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_ / "ACM3025.mat";
};

TEST_F(AcmTest, ReadsAllThatIsUsed) {
  const LabelledGraph data = load(good());
  const auto row = data.graph.edge_type("pap").edges.of(0);
  EXPECT_EQ(Ids(row.begin(), row.end()), (Ids{0, 2}));
  EXPECT_EQ(data.graph.edge_type("psp").edges.num_edges(), 3u);
  EXPECT_EQ(data.labels, (std::vector<std::int32_t>{0, 2, 1}));
  EXPECT_EQ(data.nodes.train, (Ids{2}));
  EXPECT_EQ(data.nodes.dev, (Ids{0}));
  EXPECT_EQ(data.nodes.test, (Ids{1}));
  EXPECT_EQ(data.features.sparse.weights()[0], 2.0f);
  EXPECT_EQ(data.features.sparse.of(0)[0], 1u);
}

TEST_F(AcmTest, RefusesVariablesThatAreNotThere) {
  for (const auto& [name, variable] : good()) {
    Variables variables = good();
    variables.erase(name);
    EXPECT_EQ(error_of<ParseError>([&] { load(variables); }),
              path_.string() + ": variable " + name +
                  " is not there, or damaged; expected a matrix of that name");
  }
}

TEST_F(AcmTest, RefusesShapesAndValues) {
  EXPECT_EQ(error_with("PAP", {3, 2, {1, 0, 0, 0, 1, 0}}),
            ": variable PAP is 3 x 2, expected 3 x 3");
  EXPECT_EQ(error_with("PLP", {3, 3, {2, 0, 0, 0, 1, 0, 0, 0, 1}}),
            ": variable PLP has numbers beside 0 and 1, expected no others");
  EXPECT_EQ(error_with("label", {3, 2, {1, 1, 1, 0, 0, 0}}),
            ": variable label is 3 x 2, expected papers x 3");
  EXPECT_EQ(error_with("label", {3, 3, {1, 1, 1, 1, 0, 0, 0, 0, 0}}),
            ": variable label has 1 at (0, 1), expected one 1 in a row and 0 else");
  EXPECT_EQ(error_with("feature", {2, 1, {1, 1}}),
            ": variable feature is 2 x 1, expected 3 x features");
  EXPECT_EQ(error_with("val_idx", {1, 1, {3}}),
            ": variable val_idx has 3, expected a paper's number, 0 .. 2");
  EXPECT_EQ(error_with("val_idx", {2, 2, {0, 0, 0, 0}}),
            ": variable val_idx is 2 x 2, expected one row or one column");
}

// 80 kB of zlib that are 81 MB of zeros.
TEST_F(AcmTest, BelievesNoShapeThatTheFileDoesNotBear) {
  EXPECT_EQ(
      error_with("feature", {9000, 9000, std::vector<std::uint8_t>(81'000'000)}),
      ": variable feature is damaged, or of 9000 x 9000 numbers, of which a file of this size "
      "may have 67108864");
}

// matio would take the 2 GB that the name's tag claims, plain or compressed.
TEST_F(AcmTest, BelievesNoNameThatTheFileDoesNotBear) {
  load(good(), MAT_COMPRESSION_NONE);
  std::string bytes = test::read_file(path_);
  const std::size_t name = bytes.find("train_idx");
  ASSERT_NE(name, std::string::npos);
  bytes.replace(name - 4, 4, std::string("\0\0\0\x7f", 4));
  test::write_file(path_, bytes);
  EXPECT_NE(error_of<ParseError>([&] {
              load_acm(path_.parent_path());
            }).find("has dimensions or a name of 2130706432 bytes, expected at most 4096"),
            std::string::npos);
}

// Every length: at none does the rest pass for the whole, wherever the last variable ends.
TEST_F(AcmTest, RefusesFilesCutShort) {
  for (const auto compression : {MAT_COMPRESSION_NONE, MAT_COMPRESSION_ZLIB}) {
    load(good(), compression);
    const std::string whole = test::read_file(path_);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      test::write_file(path_, whole.substr(0, size));
      ASSERT_THROW(load_acm(path_.parent_path()), ParseError) << size;
    }
  }
}

TEST_F(AcmTest, RefusesWhatIsNoMatlabFile) {
  EXPECT_THROW(load_acm(path_.parent_path()), FileError);
  test::write_file(path_, std::string(500, 'x'));
  EXPECT_EQ(error_of<ParseError>([&] { load_acm(path_.parent_path()); }),
            path_.string() + ": no MATLAB file, expected one of version 5 to 7.3");
}

}  // namespace
}  // namespace espalier::datasets
