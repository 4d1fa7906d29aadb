// Arrays kept as counted chunks of 16 KiB, so that two keyframes share what did not change between them.
//
//   live array   [ 16 KiB ][ 16 KiB ][ 16 KiB ][ rest ]
//   keyframe 1     id 0      id 1      id 2      id 3
//   keyframe 2     id 0      id 4      id 2      id 3      only the second chunk was written in between
#pragma once

#include <memory>
#include <vector>

#include "base/types.h"

namespace mmscope {

inline constexpr u32 kChunkBytes = 16 * 1024;

class ChunkPool {
public:
    u32 store(const u8* data, u32 bytes);  // at most kChunkBytes; used once
    void retain(u32 chunk) { ++uses_[chunk]; }
    void release(u32 chunk);
    const u8* data(u32 chunk) const { return chunks_[chunk].get(); }
    u64 bytes() const { return bytes_; }

private:
    std::vector<std::unique_ptr<u8[]>> chunks_;
    std::vector<u32> sizes_;
    std::vector<u32> uses_;
    std::vector<u32> free_;
    u64 bytes_ = 0;
};

// One array at one moment: numbers of chunks in a pool, which whoever drops the array has to release.
struct StoredArray {
    u32 bytes = 0;
    std::vector<u32> chunks;
};

// Stores an array; chunks equal to the same ones of `before` are shared.
StoredArray store_array(ChunkPool& pool, const void* data, u32 bytes, const StoredArray& before);
void release_array(ChunkPool& pool, const StoredArray& array);

}  // namespace mmscope
