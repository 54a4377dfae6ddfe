; pipeline.scoring.leaf_sums.leaf_sums, source 7e244b34d0c4104014b0ddb56eaee9b718bdaf00062792c83411116928ef45e5
define noundef i32 @leaf_sums(ptr noalias writeonly captures(none) %retptr, ptr noalias readnone captures(none) %excinfo, ptr readonly captures(none) %arg.rows, i64 %arg.count, i64 %arg.columns, ptr readonly captures(none) %arg.edges, ptr readonly captures(none) %arg.starts, ptr readonly captures(none) %arg.masks, i64 %arg.trees, ptr readonly captures(none) %arg.values, ptr captures(none) %arg.met, ptr captures(none) %arg.sums) #0 {
entry:
  %.114253.not = icmp slt i64 %arg.count, 1
  br i1 %.114253.not, label %B654, label %B36.if.lr.ph

B36.if.lr.ph:                                     ; preds = %entry
  %storemerge232 = tail call i64 @llvm.smax.i64(i64 %arg.trees, i64 0)
  %.235240.not = icmp slt i64 %arg.trees, 1
  %.362246.not = icmp slt i64 %arg.columns, 1
  %0 = shl nuw i64 %storemerge232, 2
  br label %B36.if

B96:                                              ; preds = %B70.if.preheader, %B36.if
  br i1 %.362246.not, label %B482, label %B126.if.lr.ph

B126.if.lr.ph:                                    ; preds = %B96
  %.405 = mul nuw nsw i64 %.55.0254, %arg.columns
  %1 = getelementptr double, ptr %arg.rows, i64 %.405
  br label %B126.if

B126.loopexit:                                    ; preds = %B424.if, %B366
  %exitcond256.not = icmp eq i64 %arg.columns, %.375
  br i1 %exitcond256.not, label %B482, label %B126.if

B246:                                             ; preds = %B126.if
  %.442 = add nsw i64 %.427, 1
  br label %B366

B258:                                             ; preds = %B126.if
  %.463 = icmp sgt i64 %.427, 0
  br i1 %.463, label %B270.preheader, label %B366

B270.preheader:                                   ; preds = %B258
  %2 = getelementptr double, ptr %arg.edges, i64 %.417
  br label %B270

B270:                                             ; preds = %B270.preheader, %B270
  %left.3.3 = phi i64 [ %left.4.4, %B270 ], [ %.427, %B270.preheader ]
  %place.3.3 = phi i64 [ %place.4.4, %B270 ], [ 0, %B270.preheader ]
  %.473 = lshr i64 %left.3.3, 1
  %3 = getelementptr double, ptr %2, i64 %place.3.3
  %.483 = getelementptr double, ptr %3, i64 %.473
  %.484 = load double, ptr %.483, align 8
  %.486 = fcmp olt double %.484, %.410
  %.489 = add nuw nsw i64 %.473, 1
  %.502 = sub nsw i64 %left.3.3, %.489
  %.491 = select i1 %.486, i64 %.489, i64 0
  %place.4.4 = add nuw nsw i64 %.491, %place.3.3
  %left.4.4 = select i1 %.486, i64 %.502, i64 %.473
  %.534 = icmp sgt i64 %left.4.4, 0
  br i1 %.534, label %B270, label %B366

B366:                                             ; preds = %B270, %B258, %B246
  %place.5.2 = phi i64 [ %.442, %B246 ], [ 0, %B258 ], [ %place.4.4, %B270 ]
  br i1 %.235240.not, label %B126.loopexit, label %B424.if.lr.ph

B424.if.lr.ph:                                    ; preds = %B366
  %.550 = shl nuw nsw i64 %.306.0247, 1
  %.554 = add nsw i64 %.417, %.550
  %.558 = add nsw i64 %.554, %place.5.2
  %.562 = mul nsw i64 %.558, %arg.trees
  %4 = getelementptr i32, ptr %arg.masks, i64 %.562
  br label %B424.if

B482:                                             ; preds = %B126.loopexit, %B96
  %.713 = getelementptr double, ptr %arg.sums, i64 %.55.0254
  %.714 = load double, ptr %.713, align 8
  br i1 %.235240.not, label %B640, label %B528.if

B640:                                             ; preds = %B528.if, %B482
  %total.2.1.lcssa = phi double [ %.714, %B482 ], [ %.852, %B528.if ]
  store double %total.2.1.lcssa, ptr %.713, align 8
  %exitcond258.not = icmp eq i64 %.127, %arg.count
  br i1 %exitcond258.not, label %B654, label %B36.if

B654:                                             ; preds = %B640, %entry
  store ptr null, ptr %retptr, align 8
  ret i32 0

B36.if:                                           ; preds = %B36.if.lr.ph, %B640
  %.55.0254 = phi i64 [ 0, %B36.if.lr.ph ], [ %.127, %B640 ]
  %.127 = add nuw nsw i64 %.55.0254, 1
  br i1 %.235240.not, label %B96, label %B70.if.preheader

B70.if.preheader:                                 ; preds = %B36.if
  tail call void @llvm.memset.p0.i64(ptr align 4 %arg.met, i8 -1, i64 %0, i1 false)
  br label %B96

B126.if:                                          ; preds = %B126.if.lr.ph, %B126.loopexit
  %.306.0247 = phi i64 [ 0, %B126.if.lr.ph ], [ %.375, %B126.loopexit ]
  %.375 = add nuw nsw i64 %.306.0247, 1
  %.409 = getelementptr double, ptr %1, i64 %.306.0247
  %.410 = load double, ptr %.409, align 8
  %.416 = getelementptr i64, ptr %arg.starts, i64 %.306.0247
  %.417 = load i64, ptr %.416, align 8
  %.424 = getelementptr i8, ptr %.416, i64 8
  %.425 = load i64, ptr %.424, align 8
  %.427 = sub nsw i64 %.425, %.417
  %.435 = fcmp uno double %.410, 0.000000e+00
  br i1 %.435, label %B246, label %B258

B424.if:                                          ; preds = %B424.if.lr.ph, %B424.if
  %.590.0244 = phi i64 [ 0, %B424.if.lr.ph ], [ %.659, %B424.if ]
  %.659 = add nuw nsw i64 %.590.0244, 1
  %.685 = getelementptr i32, ptr %arg.met, i64 %.590.0244
  %.686 = load i32, ptr %.685, align 4
  %.690 = getelementptr i32, ptr %4, i64 %.590.0244
  %.691 = load i32, ptr %.690, align 4
  %.694237 = and i32 %.691, %.686
  store i32 %.694237, ptr %.685, align 4
  %exitcond.not = icmp eq i64 %arg.trees, %.659
  br i1 %exitcond.not, label %B126.loopexit, label %B424.if

B528.if:                                          ; preds = %B482, %B528.if
  %total.2.1252 = phi double [ %.852, %B528.if ], [ %.714, %B482 ]
  %.742.0250 = phi i64 [ %.811, %B528.if ], [ 0, %B482 ]
  %.811 = add nuw nsw i64 %.742.0250, 1
  %.837 = getelementptr i32, ptr %arg.met, i64 %.742.0250
  %.838 = load i32, ptr %.837, align 4
  %.840 = sub i32 0, %.838
  %.843235 = and i32 %.838, %.840
  %5 = mul i32 %.843235, 125613361
  %6 = lshr i32 %5, 27
  %.846 = zext nneg i32 %6 to i64
  %.idx = shl i64 %.742.0250, 8
  %7 = getelementptr i8, ptr %arg.values, i64 %.idx
  %.849 = getelementptr double, ptr %7, i64 %.846
  %.850 = load double, ptr %.849, align 8
  %.852 = fadd double %total.2.1252, %.850
  %exitcond257.not = icmp eq i64 %arg.trees, %.811
  br i1 %exitcond257.not, label %B640, label %B528.if
}
declare i64 @llvm.smax.i64(i64, i64)
declare void @llvm.memset.p0.i64(ptr writeonly captures(none), i8, i64, i1 immarg)
