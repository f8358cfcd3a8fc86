#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <streambuf>
#include <vector>

struct ZSTD_DCtx_s;

namespace espalier::datasets {

/// Zstd data that is damaged or cut off. LineReader says where; no user meets it.
class ZstdError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The bytes that zstd frames (RFC 8878), one after the other, stand for.
///
/// Boost has such a filter, but it takes a file that is cut off for a whole one, and refuses the
/// windows of up to 2 GiB that the public dumps of Reddit are compressed with. A window is memory
/// that decompression takes, as much as the file asks for.
class ZstdBuffer : public std::streambuf {
 public:
  /// `compressed` must outlive the buffer.
  explicit ZstdBuffer(std::streambuf& compressed);
  ~ZstdBuffer() override;
  ZstdBuffer(const ZstdBuffer&) = delete;
  ZstdBuffer& operator=(const ZstdBuffer&) = delete;

 protected:
  /// Throws ZstdError, and whatever `compressed` does.
  int_type underflow() override;

 private:
  bool refill();

  struct Deleter {
    void operator()(ZSTD_DCtx_s* context) const;
  };

  std::streambuf& compressed_;
  std::unique_ptr<ZSTD_DCtx_s, Deleter> context_;
  std::vector<char> input_, output_;
  std::size_t input_size_ = 0;
  std::size_t num_taken_ = 0;  // Of the input.
  bool is_in_frame_ = false;
  bool has_more_ = false;  // Than the output could hold, of input that was taken already.
};

}  // namespace espalier::datasets
