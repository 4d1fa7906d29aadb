// A fast 64-bit digest of memory, the same on every platform: not for keys that somebody may attack.
#pragma once

#include <cstring>

#include "base/types.h"

namespace mmscope {

class Digest {
public:
    void add(u64 word) { state_ = mix(state_ ^ word); }
    // Any bytes; four lanes at a time, so that a machine of 1 GiB takes less than a millisecond.
    void add(const void* data, u64 bytes) {
        const u8* at = static_cast<const u8*>(data);
        u64 lanes[4] = {bytes, 1, 2, 3};
        for (; bytes >= 32; bytes -= 32, at += 32)
            for (u32 lane = 0; lane < 4; ++lane) lanes[lane] = step(lanes[lane], load(at + 8 * lane));
        for (; bytes >= 8; bytes -= 8, at += 8) lanes[0] = step(lanes[0], load(at));
        for (; bytes != 0; --bytes, ++at) lanes[1] = step(lanes[1], *at);
        for (const u64 lane : lanes) add(lane);
    }
    u64 value() const { return mix(state_); }

private:
    static u64 load(const u8* at) {
        u64 word;
        std::memcpy(&word, at, sizeof word);
        return word;
    }
    static u64 step(u64 lane, u64 word) {
        lane = (lane ^ word) * 0x9fb21c651e98df25ULL;
        return lane ^ (lane >> 32);
    }
    static u64 mix(u64 word) {
        word = (word ^ (word >> 32)) * 0xd6e8feb86659fd93ULL;
        word = (word ^ (word >> 32)) * 0xd6e8feb86659fd93ULL;
        return word ^ (word >> 32);
    }

    u64 state_ = 0x243f6a8885a308d3ULL;
};

}  // namespace mmscope
