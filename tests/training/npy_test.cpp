#include <espalier/training/npy.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/ops/random.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

TEST(NpyTest, ComesBack) {
  const test::TemporaryFolder folder;
  Rng rng(1);
  for (const Shape& shape :
       {Shape{}, Shape{0}, Shape{7}, Shape{3, 5}, Shape{0, 5}, Shape{2, 3, 4}, Shape{2, 3, 4, 5}}) {
    const Tensor tensor = normal_tensor(shape, 1.0f, rng);
    write_npy(folder / "a.npy", tensor);
    EXPECT_TRUE(bitwise_equal(read_npy(folder / "a.npy"), tensor)) << shape.to_string();
  }
}

// Byte for byte what numpy.save writes of numpy.float32([[1, -2]]) and numpy.float32([0.5]).
TEST(NpyTest, IsWrittenAsNumpyWritesIt) {
  const test::TemporaryFolder folder;
  const auto file = [&](const Tensor& tensor) {
    write_npy(folder / "a.npy", tensor);
    return test::read_file(folder / "a.npy");
  };
  const auto expected = [](const std::string& sizes, const std::string& data) {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + sizes + "), }";
    header.resize(117, ' ');
    return std::string("\x93NUMPY\x01\x00v\x00", 10) + header + '\n' + data;
  };
  EXPECT_EQ(file(Tensor::from_values({1, 2}, {1, -2})),
            expected("1, 2", std::string("\0\0\x80\x3f\0\0\0\xc0", 8)));
  EXPECT_EQ(file(Tensor::from_values({1}, {0.5f})), expected("1,", std::string("\0\0\0\x3f", 4)));
}

TEST(NpyTest, RefusesWhatIsNone) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder / "a.npy";
  write_npy(path, Tensor::from_values({2, 2}, {1, 2, 3, 4}));
  const std::string good = test::read_file(path);
  const auto error = [&](const std::string& bytes) {
    test::write_file(path, bytes);
    return test::error_of<ParseError>([&] { read_npy(path); }).substr(path.string().size());
  };
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string bytes = good;
    return bytes.replace(bytes.find(from), from.size(), to);
  };
  for (std::size_t size = 0; size < good.size(); ++size) error(good.substr(0, size));
  EXPECT_EQ(error(good + "x"), ": 17 bytes of data, expected 16 of shape [2, 2]");
  EXPECT_EQ(error("no array"), ": not a .npy file");
  EXPECT_EQ(error(with("<f4", "<f8")),
            ": an array of another type, expected little-endian float32, '<f4'");
  EXPECT_EQ(error(with("False", "True ")),
            ": an array in the order of columns, expected that of rows");
  EXPECT_EQ(error(with("(2, 2), ", "(2, x), ")), ": a shape that is not of whole numbers");
  EXPECT_EQ(error(with("(2, 2), }   ", "(1,1,1,1,1)}")), ": an array of more than 4 dimensions");
  const std::string huge = "(9999999999,9999999999)";
  EXPECT_NE(error(with("(2, 2), }" + std::string(huge.size() - 8, ' '), huge + "}"))
                .find("a tensor of shape [9999999999, 9999999999], expected at most"),
            std::string::npos);
  EXPECT_THROW(read_npy(folder / "none.npy"), FileError);
}

}  // namespace
}  // namespace espalier::training
