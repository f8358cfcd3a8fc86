#include <espalier/datasets/edge_index.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/datasets/internal/zip_archive.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Ids = std::vector<NodeId>;
using Pairs = std::vector<std::pair<NodeId, NodeId>>;

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// As numpy.save writes it, but for the blanks that align the numbers.
std::string npy(const std::string& dictionary, const std::string& numbers, char version = 1) {
  std::string length =
      bytes_of(std::vector<std::uint32_t>{static_cast<std::uint32_t>(dictionary.size() + 1)});
  if (version == 1) length.resize(2);
  return std::string("\x93NUMPY") + version + '\0' + length + dictionary + '\n' + numbers;
}

std::string dictionary(const std::string& descr, const std::string& shape,
                       const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

std::string deflated(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string input(bytes), output(deflateBound(&stream, input.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(output.data());
  stream.avail_out = static_cast<uInt>(output.size());
  deflate(&stream, Z_FINISH);
  output.resize(stream.total_out);
  deflateEnd(&stream);
  return output;
}

void put(std::string& bytes, std::size_t place, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes[place + i] = static_cast<char>(value >> 8 * i & 255);
}

// An archive of one file whose bytes are deflated.
std::string zip_deflated(const std::string& name, const std::string& bytes) {
  const std::string stored = deflated(bytes);
  std::string archive = zipped(name, stored);
  const std::uint32_t checksum = static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  const std::size_t entry = 30 + name.size() + stored.size();
  for (const std::size_t header : {std::size_t{8}, entry + 10}) {
    put(archive, header, 8, 2);
    put(archive, header + 6, checksum, 4);
    put(archive, header + 14, bytes.size(), 4);
  }
  return archive;
}

std::string safetensors(const std::string& header, const std::string& data) {
  return bytes_of(std::vector<std::uint64_t>{header.size()}) + header + data;
}

const std::vector<std::int64_t> kNumbers = {2, 0, 2, 7, 1, 7};  // 2-7, 0-1, 2-7.
const Pairs kEdges = {{0, 1}, {2, 7}, {2, 7}};
const std::string kNpy = npy(dictionary("<i8", "(2, 3)"), bytes_of(kNumbers));

class EdgeIndexTest : public testing::Test {
 protected:
  Pairs load(const std::string& bytes, const EdgeIndexOptions& options = {}) {
    const std::filesystem::path path = folder_.write("e", bytes);
    EXPECT_TRUE(is_edge_index(path));
    const Adjacency edges = load_edge_index(path, options);
    EXPECT_FALSE(edges.has_weights());
    Pairs pairs;
    for (NodeId row = 0; row < edges.num_rows(); ++row) {
      for (const NodeId column : edges.of(row)) pairs.emplace_back(row, column);
    }
    return pairs;
  }
  // Without the name of the file.
  std::string error_in(const std::string& bytes, const EdgeIndexOptions& options = {}) {
    const std::filesystem::path path = folder_.write("e", bytes);
    return error_of<ParseError>([&] { load_edge_index(path, options); })
        .substr(path.string().size());
  }

  test::TemporaryFolder folder_;
};

TEST_F(EdgeIndexTest, ReadsEveryFormOfWholeNumbersThatNumpyWrites) {
  EXPECT_EQ(load(kNpy), kEdges);
  const auto as = [&]<class T>(const std::string& descr, T) {
    const std::vector<T> numbers(kNumbers.begin(), kNumbers.end());
    EXPECT_EQ(load(npy(dictionary("<" + descr, "(2, 3)"), bytes_of(numbers))), kEdges) << descr;
    std::vector<T> swapped;  // Column by column, and each number's bytes the other way round.
    for (const std::size_t i : {0u, 3u, 1u, 4u, 2u, 5u}) swapped.push_back(numbers[i]);
    std::string bytes = bytes_of(swapped);
    for (std::size_t i = 0; i < bytes.size(); i += sizeof(T)) {
      std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                   bytes.begin() + static_cast<std::ptrdiff_t>(i + sizeof(T)));
    }
    EXPECT_EQ(load(npy(dictionary(">" + descr, "(2, 3)", "True"), bytes)), kEdges) << descr;
  };
  as("i8", std::int64_t{});
  as("u8", std::uint64_t{});
  as("i4", std::int32_t{});
  as("u4", std::uint32_t{});
  as("i2", std::int16_t{});
  as("u2", std::uint16_t{});
  as("i1", std::int8_t{});
  as("u1", std::uint8_t{});
  for (const char version : {'\2', '\3'}) {
    EXPECT_EQ(load(npy(dictionary("<i8", "(2, 3)"), bytes_of(kNumbers), version)), kEdges);
  }
  EXPECT_EQ(
      load(npy("{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<i8\"}", bytes_of(kNumbers))),
      kEdges);
  EXPECT_EQ(load(npy(dictionary("<i8", "(2, 0)"), "")), Pairs{});
}

TEST_F(EdgeIndexTest, ReadsArchivesAndSafetensors) {
  EXPECT_EQ(load(zipped("edge_index.npy", kNpy)), kEdges);
  EXPECT_EQ(load(zip_deflated("edge_index.npy", kNpy)), kEdges);
  EXPECT_EQ(load(zip_deflated("arr_0.npy", kNpy)), kEdges);  // The only one.
  EXPECT_EQ(load(zip_deflated("arr_0.npy", kNpy), {.name = "arr_0"}), kEdges);
  const std::string two =
      "{\"edge_index\":{\"dtype\":\"I64\",\"shape\":[2,3],\"data_offsets\":[0,48]},"
      "\"x\":{\"dtype\":\"I32\",\"shape\":[2,1],\"data_offsets\":[48,56]}}";
  const std::string data = bytes_of(kNumbers) + bytes_of(std::vector<std::int32_t>{4, 5});
  EXPECT_EQ(load(safetensors(two, data)), kEdges);
  EXPECT_EQ(load(safetensors(two, data), {.name = "x"}), (Pairs{{4, 5}}));
  EXPECT_EQ(error_in(safetensors(two, data), {.name = "y"}),
            ": there is no array \"y\"; there are: \"edge_index\" \"x\"");
  EXPECT_EQ(error_in(zipped("a.npy", kNpy), {.name = "b"}),
            ": there is no array \"b\"; there are: \"a\"");
}

TEST_F(EdgeIndexTest, ReadsWhatNumpyAndSafetensorsWrote) {
  const std::filesystem::path fixtures = ESPALIER_TEST_FIXTURES;
  for (const char* const name :
       {"edge_index.npy", "edge_index_fortran.npy", "edge_index.npz", "edge_index_compressed.npz",
        "edge_index.safetensors", "edge_index_int32.safetensors"}) {
    const Adjacency edges = load_edge_index(fixtures / name);
    EXPECT_EQ(Ids(edges.columns().begin(), edges.columns().end()), (Ids{1, 7, 7})) << name;
    EXPECT_EQ(edges.of(0).size(), 1u);
    EXPECT_EQ(edges.of(2).size(), 2u);
  }
}

TEST_F(EdgeIndexTest, TakesTheNumbersOfNodesGiven) {
  const std::filesystem::path path = folder_.write("e", kNpy);
  const Adjacency found = load_edge_index(path);
  EXPECT_EQ(found.num_rows(), 3u);
  EXPECT_EQ(found.num_columns(), 8u);
  const Adjacency given = load_edge_index(path, {.num_rows = 5, .num_columns = 9});
  EXPECT_EQ(given.num_rows(), 5u);
  EXPECT_EQ(given.num_columns(), 9u);
  EXPECT_EQ(error_in(kNpy, {.num_rows = 2}), ": edge 0 has source 2, expected 0 .. 1");
  EXPECT_EQ(error_in(kNpy, {.num_columns = 0}),
            ": edge 0 has target 7, expected no edge, for there are no such nodes");
  const auto with = [&](std::int64_t source, const char* descr = "<i8") {
    return npy(dictionary(descr, "(2, 1)"), bytes_of(std::vector<std::int64_t>{source, 0}));
  };
  EXPECT_EQ(error_in(with(-1)), ": edge 0 has source -1, expected 0 .. 1048575");
  EXPECT_EQ(error_in(with(1 << 20)), ": edge 0 has source 1048576, expected 0 .. 1048575");
  EXPECT_EQ(error_in(with(-1, "<u8")),
            ": edge 0 has source 9223372036854775807, expected 0 .. 1048575");
}

TEST_F(EdgeIndexTest, WritesWhatItReadsBack) {
  const std::vector<Edge> edges = {{3, 0}, {0, 2}, {3, 0}};
  const Adjacency saved = Adjacency::from_edges(4, 3, edges);
  for (const char* const name : {"e.npy", "e.npz", "e.safetensors"}) {
    const std::filesystem::path path = folder_.path() / name;
    for (const Adjacency& each : {saved, Adjacency()}) {
      save_edge_index(each, path);
      const Adjacency loaded = load_edge_index(path, {.num_rows = 4, .num_columns = 3});
      EXPECT_EQ(Ids(loaded.columns().begin(), loaded.columns().end()),
                Ids(each.columns().begin(), each.columns().end()));
      if (each.num_edges() > 0) {
        EXPECT_TRUE(std::ranges::equal(loaded.offsets(), each.offsets()));
      }
    }
  }
  const std::filesystem::path other = folder_.path() / "e.csv";
  EXPECT_EQ(error_of<OptionError>([&] { save_edge_index(saved, other); }),
            other.string() + ": \".csv\", expected a name that ends in .npy, .npz or .safetensors");
}

TEST_F(EdgeIndexTest, ArraysThatAreNoneAreRefused) {
  const std::string numbers = bytes_of(kNumbers);
  const auto header_error = [&](const std::string& text) { return error_in(npy(text, numbers)); };
  EXPECT_EQ(header_error(dictionary("<f8", "(2, 3)")),
            ": an array of \"<f8\", expected whole numbers of 1, 2, 4 or 8 bytes: \"<i8\" or "
            "\"<i4\", say");
  EXPECT_EQ(header_error(dictionary("<i8", "(3, 2)")),
            ": an array of shape [3, 2], expected [2, edges]");
  EXPECT_EQ(header_error(dictionary("<i8", "(6,)")),
            ": an array of shape [6], expected [2, edges]");
  EXPECT_EQ(
      header_error(dictionary("<i8", "(2, 4)")),
      ": an array of 48 bytes of numbers, expected 64 for its shape; it is cut short, or goes "
      "on after its end");
  EXPECT_EQ(header_error(dictionary("<i8", "(2, 9223372036854775807)")),
            ": an array of 48 bytes of numbers, expected more than can be for its shape; it is cut "
            "short, or goes on after its end");
  EXPECT_EQ(header_error(dictionary("<i8", "(2, -3)")),
            ": the array's header, at byte 54: found \"-3), }\", expected a size of the array");
  EXPECT_EQ(header_error("{'descr': [('a', '<i8')], 'fortran_order': False, 'shape': (2, 3)}"),
            ": the array's header, at byte 10: found \"[('a', '<i8')], 'for\", expected a word in "
            "quotes: whole numbers have no more to tell");
  EXPECT_EQ(header_error("{'descr': '<i8', 'descr': '<i8'}"),
            ": the array's header, at byte 17: found \"'descr': '<i8'}\", expected 'descr', "
            "'fortran_order' or 'shape', each once");
  EXPECT_EQ(header_error("{'descr': '<i8', 'fortran_order': 1}"),
            ": the array's header, at byte 34: found \"1}\", expected True or False");
  EXPECT_EQ(header_error("{'descr': '<i8'}"),
            ": the array's header, at byte 17: found \"\", expected the entries 'descr', "
            "'fortran_order' and 'shape' before the end");
  EXPECT_EQ(error_in(npy(dictionary("<i8", "(2, 3)"), numbers, '\4')),
            ": an array of numpy's format 4, expected 1, 2 or 3");
  EXPECT_EQ(error_in("0\t1\n"), ": none of .npy, .npz and safetensors, by its first bytes");
  EXPECT_EQ(error_in(""), ": none of .npy, .npz and safetensors, by its first bytes");
  EXPECT_FALSE(is_edge_index(folder_.write("e", "0\t1\n")));
  EXPECT_THROW(load_edge_index(folder_.path()), FileError);
  EXPECT_THROW(is_edge_index(folder_.path() / "none"), FileError);
}

// Whatever is cut off or turned over is an error, or what it was where no byte counts.
TEST_F(EdgeIndexTest, WhatIsDamagedOrCutShortIsSaid) {
  const std::string header =
      "{\"edge_index\":{\"dtype\":\"I64\",\"shape\":[2,3],\"data_offsets\":[0,48]}}";
  for (const std::string& whole :
       {kNpy, zipped("edge_index.npy", kNpy), zip_deflated("edge_index.npy", kNpy),
        safetensors(header, bytes_of(kNumbers))}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      EXPECT_THROW(load_edge_index(folder_.write("e", whole.substr(0, length))), ParseError)
          << length;
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
      try {
        load_edge_index(folder_.write("e", damaged));
      } catch (const ParseError&) {
      }
    }
  }
  std::string archive = zip_deflated("edge_index.npy", kNpy);
  archive[60] = static_cast<char>(archive[60] ^ 1);
  EXPECT_EQ(error_in(archive),
            ": zip archive: \"edge_index.npy\" is damaged: its size or checksum "
            "is not the directory's");
}

TEST_F(EdgeIndexTest, NoArchiveStandsForMoreThanItBears) {
  std::string numbers;
  numbers.resize(32'000'000);
  const std::string zeros = npy(dictionary("<i8", "(2, 2000000)"), numbers);
  EXPECT_EQ(error_in(zip_deflated("a.npy", zeros)).substr(0, 56),
            ": zip archive: \"a.npy\" stands for 32000076 bytes, expect");
  std::string archive = zip_deflated("a.npy", kNpy);
  const std::size_t entry = archive.size() - 22 - 46 - 5;
  put(archive, entry + 24, 10'000'000, 4);  // Says so of itself.
  EXPECT_EQ(error_in(archive),
            ": zip archive: \"a.npy\" is damaged: its size or checksum is not the directory's");
  put(archive, entry + 24, 0xFFFFFFFF, 4);
  EXPECT_EQ(error_in(archive),
            ": zip archive: \"a.npy\" is of 4 GiB or more (zip64), expected less; "
            "a file of numpy.save may be of any size");
  archive = zip_deflated("a.npy", kNpy);
  put(archive, entry + 10, 12, 2);
  EXPECT_EQ(error_in(archive),
            ": zip archive: \"a.npy\" is compressed by method 12, expected 0 "
            "(none) or 8 (deflate)");
  put(archive, entry + 8, 1, 2);
  EXPECT_EQ(error_in(archive), ": zip archive: \"a.npy\" is encrypted");
}

}  // namespace
}  // namespace espalier::datasets
