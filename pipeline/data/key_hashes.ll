; pipeline.data.key_hashes.key_hashes, source 3e25ca5fcf2731540781facb4cc4bf92d5401875eefcb0364967417740ac860d
define noundef i32 @key_hashes(ptr noalias writeonly captures(none) %retptr, ptr noalias readnone captures(none) %excinfo, ptr readonly captures(none) %arg.keys, i64 %arg.count, ptr captures(none) %arg.sums) #0 {
entry:
  %.9962.not = icmp slt i64 %arg.count, 1
  br i1 %.9962.not, label %B736, label %B44.if

B736:                                             ; preds = %B44.if, %entry
  %lower.2.0.lcssa = phi i64 [ 0, %entry ], [ %.256, %B44.if ]
  %upper.2.0.lcssa = phi i64 [ 0, %entry ], [ %.252, %B44.if ]
  %.268 = load i64, ptr %arg.sums, align 8
  %.270 = add nsw i64 %.268, %upper.2.0.lcssa
  store i64 %.270, ptr %arg.sums, align 8
  %.277 = getelementptr i8, ptr %arg.sums, i64 8
  %.278 = load i64, ptr %.277, align 8
  %.280 = add nsw i64 %.278, %lower.2.0.lcssa
  store i64 %.280, ptr %.277, align 8
  store ptr null, ptr %retptr, align 8
  ret i32 0

B44.if:                                           ; preds = %entry, %B44.if
  %upper.2.066 = phi i64 [ %.252, %B44.if ], [ 0, %entry ]
  %lower.2.065 = phi i64 [ %.256, %B44.if ], [ 0, %entry ]
  %.40.063 = phi i64 [ %.112, %B44.if ], [ 0, %entry ]
  %.112 = add nuw nsw i64 %.40.063, 1
  %.138 = getelementptr i64, ptr %arg.keys, i64 %.40.063
  %.139 = load i64, ptr %.138, align 8
  %.140 = lshr i64 %.139, 32
  %.171 = and i64 %.140, 2147483647
  %.174 = xor i64 %.171, 2147483647
  %.15461 = icmp slt i64 %.139, 0
  %"$phi206.3.2.1" = select i1 %.15461, i64 %.174, i64 %.140
  %.180 = xor i64 %"$phi206.3.2.1", %.139
  %.186 = add i64 %.180, 2658358868
  %.203 = xor i64 %.186, 711645284
  %.208 = add i64 %.203, 2839338669
  %.209 = and i64 %.208, 4294967295
  %.211 = xor i64 %.208, 2658358868
  %.216 = lshr i64 %.209, 7
  %0 = shl nuw nsw i64 %.209, 25
  %1 = or disjoint i64 %.216, %0
  %.218 = sub i64 %.211, %1
  %.219 = and i64 %.218, 4294967295
  %.220 = xor i64 %.218, 711645284
  %.223 = lshr i64 %.219, 16
  %2 = shl nuw nsw i64 %.219, 16
  %3 = or disjoint i64 %.223, %2
  %.225 = sub i64 %.220, %3
  %.226 = and i64 %.225, 4294967295
  %.227 = xor i64 %.225, %.208
  %.230 = lshr i64 %.226, 28
  %4 = shl nuw nsw i64 %.226, 4
  %5 = or disjoint i64 %.230, %4
  %.232 = sub i64 %.227, %5
  %.233 = and i64 %.232, 4294967295
  %.234 = xor i64 %.232, %.218
  %.237 = lshr i64 %.233, 18
  %6 = shl nuw nsw i64 %.233, 14
  %7 = or disjoint i64 %.237, %6
  %.239 = sub i64 %.234, %7
  %.240 = and i64 %.239, 4294967295
  %.241 = xor i64 %.239, %.225
  %.244 = lshr i64 %.240, 8
  %8 = shl nuw nsw i64 %.240, 24
  %9 = or disjoint i64 %.244, %8
  %.246 = sub i64 %.241, %9
  %.247 = and i64 %.246, 4294967295
  %10 = shl nuw nsw i64 %.240, 1
  %.249 = and i64 %10, 4294967296
  %.250 = add i64 %.240, %upper.2.066
  %.252 = sub i64 %.250, %.249
  %.256 = add nuw nsw i64 %.247, %lower.2.065
  %exitcond.not = icmp eq i64 %arg.count, %.112
  br i1 %exitcond.not, label %B736, label %B44.if
}
