#include "mm/user_heap.h"

#include <algorithm>

namespace mmscope {

namespace {

constexpr u64 kLeastChunk = 32;

}  // namespace

u64 UserHeap::take(u64 bytes) {
    const u64 size = chunk_size(bytes);
    auto best = chunks_.end();
    for (auto at = chunks_.begin(); free_ != 0 && at != chunks_.end(); ++at)
        if (!at->is_used && at->bytes >= size && (best == chunks_.end() || at->bytes < best->bytes)) best = at;
    if (best != chunks_.end()) {
        best->is_used = true;
        const u64 address = best->address;
        if (best->bytes - size >= kLeastChunk) {
            const Chunk rest{address + size, best->bytes - size, false};
            best->bytes = size;
            chunks_.insert(best + 1, rest);
        } else {
            --free_;
        }
        return address + kChunkHeader;
    }
    if (top_bytes() < size + kLeastChunk) return 0;
    chunks_.push_back({top_, size, true});
    top_ += size;
    return top_ - size + kChunkHeader;
}

u64 UserHeap::grow_by(u64 bytes) const {
    const u64 wanted = chunk_size(bytes) + kLeastChunk + kTopPad - top_bytes();
    return (wanted + kPageSize - 1) & ~u64{kPageSize - 1};
}

void UserHeap::grown(u64 start, u64 end) {
    if (end_ == 0) top_ = start;
    end_ = end;
}

bool UserHeap::knows(u64 address) const {
    const auto is_it = [&](const Chunk& chunk) { return chunk.is_used && chunk.address + kChunkHeader == address; };
    return std::any_of(chunks_.begin(), chunks_.end(), is_it) || std::any_of(areas_.begin(), areas_.end(), is_it);
}

bool UserHeap::give_back(u64 address) {
    const auto found = std::lower_bound(chunks_.begin(), chunks_.end(), address - kChunkHeader,
                                        [](const Chunk& chunk, u64 wanted) { return chunk.address < wanted; });
    if (found == chunks_.end() || found->address != address - kChunkHeader || !found->is_used) return false;
    auto chunk = found;
    chunk->is_used = false;
    ++free_;
    if (chunk + 1 != chunks_.end() && !(chunk + 1)->is_used) {
        chunk->bytes += (chunk + 1)->bytes;
        chunks_.erase(chunk + 1);
        --free_;
    }
    if (chunk != chunks_.begin() && !(chunk - 1)->is_used) {
        (chunk - 1)->bytes += chunk->bytes;
        chunk = chunks_.erase(chunk) - 1;
        --free_;
    }
    if (chunk + 1 == chunks_.end()) {
        top_ = chunk->address;
        chunks_.pop_back();
        --free_;
    }
    return true;
}

u64 UserHeap::trim_by() const {
    if (top_bytes() < kTopPad + kTopPad) return 0;
    return (top_bytes() - kTopPad) & ~u64{kPageSize - 1};
}

u64 UserHeap::take_area(u64 address) {
    for (auto at = areas_.begin(); at != areas_.end(); ++at) {
        if (at->address != address) continue;
        const u64 bytes = at->bytes;
        areas_.erase(at);
        return bytes;
    }
    return 0;
}

std::string UserHeap::check() const {
    u32 free = 0;
    for (const Chunk& chunk : chunks_) free += chunk.is_used ? 0 : 1;
    if (free != free_) return "malloc's free chunks and their count disagree";
    for (std::size_t at = 0; at < chunks_.size(); ++at) {
        const u64 next = at + 1 < chunks_.size() ? chunks_[at + 1].address : top_;
        if (chunks_[at].address + chunks_[at].bytes != next) return "malloc's chunks leave a gap";
        if (at + 1 < chunks_.size() && !chunks_[at].is_used && !chunks_[at + 1].is_used)
            return "two free chunks of malloc are not one";
    }
    return top_ <= end_ ? "" : "malloc's top lies behind brk";
}

}  // namespace mmscope
