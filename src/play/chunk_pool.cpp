#include "play/chunk_pool.h"

#include <algorithm>
#include <cstring>

namespace mmscope {

u32 ChunkPool::store(const u8* data, u32 bytes) {
    u32 chunk = static_cast<u32>(chunks_.size());
    if (free_.empty()) {
        chunks_.emplace_back();
        sizes_.push_back(0);
        uses_.push_back(0);
    } else {
        chunk = free_.back();
        free_.pop_back();
    }
    chunks_[chunk].reset(new u8[bytes]);
    std::memcpy(chunks_[chunk].get(), data, bytes);
    sizes_[chunk] = bytes;
    uses_[chunk] = 1;
    bytes_ += bytes;
    return chunk;
}

void ChunkPool::release(u32 chunk) {
    if (--uses_[chunk] != 0) return;
    bytes_ -= sizes_[chunk];
    chunks_[chunk].reset();
    free_.push_back(chunk);
}

StoredArray store_array(ChunkPool& pool, const void* data, u32 bytes, const StoredArray& before) {
    StoredArray array;
    array.bytes = bytes;
    array.chunks.reserve(bytes / kChunkBytes + 1);
    const u8* const first = static_cast<const u8*>(data);
    for (u32 at = 0; at < bytes; at += kChunkBytes) {
        const std::size_t index = array.chunks.size();
        const u32 size = std::min(kChunkBytes, bytes - at);
        const bool has_twin =
            index < before.chunks.size() && at + size <= before.bytes && (size == kChunkBytes || before.bytes == bytes);
        if (has_twin && std::memcmp(pool.data(before.chunks[index]), first + at, size) == 0) {
            pool.retain(before.chunks[index]);
            array.chunks.push_back(before.chunks[index]);
        } else {
            array.chunks.push_back(pool.store(first + at, size));
        }
    }
    return array;
}

void release_array(ChunkPool& pool, const StoredArray& array) {
    for (const u32 chunk : array.chunks) pool.release(chunk);
}

}  // namespace mmscope
