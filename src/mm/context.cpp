#include "mm/context.h"

namespace mmscope {

Gfp without_sleep(Gfp mask, const Profile& profile) {
    constexpr u32 kOfSleepers = gfp::kKernel | gfp::kHardwall | gfp::kRetryMayfail | gfp::kNofail | gfp::kNoretry;
    return {(mask.bits & ~kOfSleepers) | gfp_from_name("GFP_ATOMIC", profile)->bits};
}

}  // namespace mmscope
