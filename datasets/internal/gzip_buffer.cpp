#include <espalier/datasets/internal/gzip_buffer.h>

#include <new>

#include <zlib.h>

namespace espalier::datasets {
namespace {

constexpr std::size_t kBlockSize = 1 << 16;
constexpr int kGzipWithLargestWindow = 16 + MAX_WBITS;  // As inflateInit2() has it.

}  // namespace

GzipBuffer::GzipBuffer(std::streambuf& compressed)
    : compressed_(compressed),
      stream_(std::make_unique<z_stream_s>()),
      input_(kBlockSize),
      output_(kBlockSize) {
  if (inflateInit2(stream_.get(), kGzipWithLargestWindow) != Z_OK) throw std::bad_alloc();
}

GzipBuffer::~GzipBuffer() { inflateEnd(stream_.get()); }

GzipBuffer::int_type GzipBuffer::underflow() {
  stream_->next_out = reinterpret_cast<Bytef*>(output_.data());
  stream_->avail_out = static_cast<uInt>(kBlockSize);
  while (stream_->avail_out == kBlockSize) {
    if (is_damaged_) throw GzipError("damaged or cut off");
    if (!is_in_member_ && !begin_next_member()) return traits_type::eof();
    inflate_some();
  }
  setg(output_.data(), output_.data(), output_.data() + (kBlockSize - stream_->avail_out));
  return traits_type::to_int_type(*gptr());
}

void GzipBuffer::inflate_some() {
  // Output may still be held back when all input is taken.
  const bool is_at_end = stream_->avail_in == 0 && !refill();
  const int result = inflate(stream_.get(), Z_NO_FLUSH);
  if (result == Z_MEM_ERROR) throw std::bad_alloc();
  if (result == Z_STREAM_END) {
    is_in_member_ = false;
  } else if (result != Z_OK || (is_at_end && stream_->avail_out == kBlockSize)) {
    is_damaged_ = true;  // What was read before is good, and is given out first.
  }
}

// False at the end of the data, or if nothing but zeros follows.
bool GzipBuffer::begin_next_member() {
  bool is_padded = false;
  while (stream_->avail_in > 0 || refill()) {
    if (*stream_->next_in != 0) {
      if (is_padded) throw GzipError("found bytes after the padding");
      inflateReset(stream_.get());
      is_in_member_ = true;
      return true;
    }
    is_padded = true;
    ++stream_->next_in;
    --stream_->avail_in;
  }
  return false;
}

bool GzipBuffer::refill() {
  const auto size = compressed_.sgetn(input_.data(), static_cast<std::streamsize>(kBlockSize));
  stream_->next_in = reinterpret_cast<Bytef*>(input_.data());
  stream_->avail_in = static_cast<uInt>(size);
  return size > 0;
}

}  // namespace espalier::datasets
