#pragma once

#include <memory>
#include <stdexcept>
#include <streambuf>
#include <vector>

struct z_stream_s;

namespace espalier::datasets {

/// Gzip data that is damaged or cut off. LineReader says where; no user meets it.
class GzipError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The bytes that gzip members (RFC 1952), one after the other, stand for.
///
/// Boost has such a filter, but it refuses a file that is padded with zeros, as tape and block
/// devices leave it and as the gzip program reads it.
class GzipBuffer : public std::streambuf {
 public:
  /// `compressed` must outlive the buffer.
  explicit GzipBuffer(std::streambuf& compressed);
  ~GzipBuffer() override;
  GzipBuffer(const GzipBuffer&) = delete;
  GzipBuffer& operator=(const GzipBuffer&) = delete;

 protected:
  /// Throws GzipError, and whatever `compressed` does.
  int_type underflow() override;

 private:
  bool refill();
  bool begin_next_member();
  void inflate_some();

  std::streambuf& compressed_;
  std::unique_ptr<z_stream_s> stream_;
  std::vector<char> input_, output_;
  bool is_in_member_ = true;  // A first one must be there.
  bool is_damaged_ = false;
};

}  // namespace espalier::datasets
