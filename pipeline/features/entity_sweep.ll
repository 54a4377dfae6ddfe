; pipeline.features.entity_sweep.entity_sweep, source 247650d2b1312441c2b2bd0abc4867d3fd7e8d632b2084b2c7262151ac249d7d
define noundef i32 @entity_sweep(ptr noalias writeonly captures(none) %retptr, ptr noalias readnone captures(none) %excinfo, ptr readonly captures(none) %arg.starts, i64 %arg.entities, ptr readonly captures(none) %arg.instant, ptr readonly captures(none) %arg.row, ptr readonly captures(none) %arg.amount_cents, i64 %arg.own_from, ptr readonly captures(none) %arg.ages, i64 %arg.edges, ptr readonly captures(none) %arg.turning, ptr readonly captures(none) %arg.low, ptr readonly captures(none) %arg.turned_at, ptr readonly captures(none) %arg.known_at, ptr readonly captures(none) %arg.step, i64 %arg.turns, ptr readonly captures(none) %arg.before_count, ptr readonly captures(none) %arg.before_cents, ptr readonly captures(none) %arg.before_frauds, ptr captures(none) %arg.spent, ptr captures(none) %arg.turned, ptr writeonly captures(none) %arg.count, ptr writeonly captures(none) %arg.cents, ptr writeonly captures(none) %arg.frauds) #0 {
entry:
  %.153414.not = icmp slt i64 %arg.entities, 1
  br i1 %.153414.not, label %common.ret, label %B42.lr.ph

B42.lr.ph:                                        ; preds = %entry
  %.508411.not = icmp slt i64 %arg.edges, 1
  %0 = add i64 %arg.turns, -1
  br label %B42

B38.loopexit:                                     ; preds = %B314.loopexit, %B284
  %exitcond421.not = icmp eq i64 %.166, %arg.entities
  br i1 %exitcond421.not, label %common.ret, label %B42

B42:                                              ; preds = %B42.lr.ph, %B38.loopexit
  %told.2.0417 = phi i64 [ 0, %B42.lr.ph ], [ %told.3.1, %B38.loopexit ]
  %.94.0416 = phi i64 [ 0, %B42.lr.ph ], [ %.166, %B38.loopexit ]
  %.166 = add nuw nsw i64 %.94.0416, 1
  %.200 = getelementptr i64, ptr %arg.starts, i64 %.94.0416
  %.201 = load i64, ptr %.200, align 8
  %.208 = getelementptr i8, ptr %.200, i64 8
  %.209 = load i64, ptr %.208, align 8
  %.211 = sub i64 %.209, %.201
  %.221 = icmp slt i64 %told.2.0417, %arg.turns
  br i1 %.221, label %B104, label %B174

B104:                                             ; preds = %B42
  %.232 = getelementptr i32, ptr %arg.turning, i64 %told.2.0417
  %.233 = load i32, ptr %.232, align 4
  %.237 = sext i32 %.233 to i64
  %.238 = icmp eq i64 %.94.0416, %.237
  br i1 %.238, label %B128, label %B174

B128:                                             ; preds = %B104, %B150
  %told.4.2 = phi i64 [ %.244, %B150 ], [ %told.2.0417, %B104 ]
  %exitcond.not = icmp eq i64 %told.4.2, %0
  br i1 %exitcond.not, label %B174, label %B150

B150:                                             ; preds = %B128
  %.244 = add nsw i64 %told.4.2, 1
  %.265 = getelementptr i32, ptr %arg.turning, i64 %.244
  %.266 = load i32, ptr %.265, align 4
  %.270 = sext i32 %.266 to i64
  %.271 = icmp eq i64 %.94.0416, %.270
  br i1 %.271, label %B128, label %B174

B174:                                             ; preds = %B150, %B128, %B104, %B42
  %told.3.1 = phi i64 [ %told.2.0417, %B104 ], [ %told.2.0417, %B42 ], [ %.244, %B150 ], [ %arg.turns, %B128 ]
  store i64 0, ptr %arg.spent, align 8
  %storemerge376 = tail call i64 @llvm.smax.i64(i64 %.211, i64 0)
  %.367397.not = icmp slt i64 %.211, 1
  br i1 %.367397.not, label %B284, label %B214.if.lr.ph

B214.if.lr.ph:                                    ; preds = %B174
  %1 = getelementptr i32, ptr %arg.row, i64 %.201
  br label %B214.if

B284:                                             ; preds = %B214.if, %B174
  br i1 %.508411.not, label %B38.loopexit, label %B318.lr.ph

B318.lr.ph:                                       ; preds = %B284
  %.558 = mul nuw nsw i64 %.94.0416, %arg.edges
  %.566 = icmp sgt i64 %told.3.1, %told.2.0417
  %.732 = sub i64 %told.3.1, %told.2.0417
  %spec.select396 = tail call i64 @llvm.smax.i64(i64 %.732, i64 0)
  %.775403.not = icmp slt i64 %.732, 1
  %2 = getelementptr i64, ptr %arg.instant, i64 %.201
  %3 = shl nuw i64 %storemerge376, 3
  br label %B318

B314.loopexit:                                    ; preds = %B1072, %B684
  %exitcond420.not = icmp eq i64 %arg.edges, %.521
  br i1 %exitcond420.not, label %B38.loopexit, label %B318

B318:                                             ; preds = %B318.lr.ph, %B314.loopexit
  %.451.0412 = phi i64 [ 0, %B318.lr.ph ], [ %.521, %B314.loopexit ]
  %.521 = add nuw nsw i64 %.451.0412, 1
  %.551 = getelementptr i64, ptr %arg.ages, i64 %.451.0412
  %.552 = load i64, ptr %.551, align 8
  %.560 = add nuw nsw i64 %.451.0412, %.558
  br i1 %.566, label %B394.preheader, label %B684

B394.preheader:                                   ; preds = %B318
  br i1 %.367397.not, label %B410, label %B394.if.preheader

B394.if.preheader:                                ; preds = %B394.preheader
  tail call void @llvm.memset.p0.i64(ptr align 8 %arg.turned, i8 0, i64 %3, i1 false)
  br label %B410

B410:                                             ; preds = %B394.if.preheader, %B394.preheader
  br i1 %.775403.not, label %B684, label %B444.endif

B546:                                             ; preds = %B444.endif, %B546
  %under.2.4 = phi i64 [ %under.3.5, %B546 ], [ %.860, %B444.endif ]
  %over.2.4 = phi i64 [ %over.3.5, %B546 ], [ %.209, %B444.endif ]
  %.882 = add nsw i64 %over.2.4, %under.2.4
  %.883 = ashr i64 %.882, 1
  %.889 = getelementptr i64, ptr %arg.instant, i64 %.883
  %.890 = load i64, ptr %.889, align 8
  %.892 = icmp slt i64 %.890, %.13.i
  %.903 = add nsw i64 %.883, 1
  %over.3.5 = select i1 %.892, i64 %over.2.4, i64 %.883
  %under.3.5 = select i1 %.892, i64 %.903, i64 %under.2.4
  %.934 = icmp slt i64 %under.3.5, %over.3.5
  br i1 %.934, label %B546, label %B614

B614:                                             ; preds = %B546, %B444.endif
  %under.4.5 = phi i64 [ %.860, %B444.endif ], [ %under.3.5, %B546 ]
  %.955 = icmp slt i64 %under.4.5, %.209
  br i1 %.955, label %B632, label %B682

B632:                                             ; preds = %B614
  %.959 = sub nsw i64 %under.4.5, %.201
  %.963 = getelementptr i64, ptr %arg.turned, i64 %.959
  %.964 = load i64, ptr %.963, align 8
  %.967 = getelementptr i64, ptr %arg.step, i64 %.719.0404
  %.968 = load i64, ptr %.967, align 8
  %.971 = add nsw i64 %.968, %.964
  store i64 %.971, ptr %.963, align 8
  br label %B682

B682:                                             ; preds = %B632, %B614
  %.775 = icmp sgt i64 %.722.0405, 1
  br i1 %.775, label %B444.endif, label %B684

B684:                                             ; preds = %B682, %B410, %B318
  br i1 %.367397.not, label %B314.loopexit, label %B722.if.lr.ph

B722.if.lr.ph:                                    ; preds = %B684
  %.1150 = icmp eq i64 %.552, 0
  %.1263 = getelementptr i64, ptr %arg.before_count, i64 %.560
  %.1272 = getelementptr i64, ptr %arg.before_cents, i64 %.560
  %.1286 = getelementptr i64, ptr %arg.before_frauds, i64 %.560
  br label %B722.if

B738:                                             ; preds = %B722.if
  %.1122 = getelementptr i64, ptr %arg.turned, i64 %.1015.0407
  %.1123 = load i64, ptr %.1122, align 8
  %.1125 = add nsw i64 %.1123, %known.2.2410
  br label %B760

B760:                                             ; preds = %B738, %B722.if
  %known.3.3 = phi i64 [ %.1125, %B738 ], [ %known.2.2410, %B722.if ]
  %.1139 = add nsw i64 %.1015.0407, %.201
  %.1141 = getelementptr i32, ptr %arg.row, i64 %.1139
  %.1142 = load i32, ptr %.1141, align 4
  %.1144 = sext i32 %.1142 to i64
  %.1145.not = icmp sgt i64 %arg.own_from, %.1144
  br i1 %.1145.not, label %B1072, label %B790

B790:                                             ; preds = %B760
  br i1 %.1150, label %B936, label %B814

B814:                                             ; preds = %B790
  %.1167 = getelementptr i64, ptr %arg.instant, i64 %.1139
  %.1168 = load i64, ptr %.1167, align 8
  %.1170 = sub nsw i64 %.1168, %.552
  %.1176 = icmp slt i64 %stood.3.2409, %.211
  br i1 %.1176, label %B854, label %B936

B854:                                             ; preds = %B814
  %.1191 = getelementptr i64, ptr %2, i64 %stood.3.2409
  %.1192 = load i64, ptr %.1191, align 8
  %.1194.not = icmp sgt i64 %.1192, %.1170
  br i1 %.1194.not, label %B936, label %B884

B884:                                             ; preds = %B854, %B906
  %stood.6.5 = phi i64 [ %.1200, %B906 ], [ %stood.3.2409, %B854 ]
  %.1200 = add nsw i64 %stood.6.5, 1
  %.1211 = icmp slt i64 %.1200, %.211
  br i1 %.1211, label %B906, label %B936

B906:                                             ; preds = %B884
  %.1225 = getelementptr i64, ptr %2, i64 %.1200
  %.1226 = load i64, ptr %.1225, align 8
  %.1228.not = icmp sgt i64 %.1226, %.1170
  br i1 %.1228.not, label %B936, label %B884

B936:                                             ; preds = %B906, %B884, %B790, %B854, %B814
  %stood.5.4 = phi i64 [ %stood.3.2409, %B814 ], [ %stood.3.2409, %B854 ], [ %.1084, %B790 ], [ %.1200, %B906 ], [ %.211, %B884 ]
  %.1256 = sub nsw i64 %.1144, %arg.own_from
  %.1258 = mul nsw i64 %.1256, %arg.edges
  %.1260 = add nsw i64 %.1258, %.451.0412
  %.1264 = load i64, ptr %.1263, align 8
  %.1266 = add nsw i64 %.1264, %stood.5.4
  %.1268 = getelementptr i64, ptr %arg.count, i64 %.1260
  store i64 %.1266, ptr %.1268, align 8
  %.1273 = load i64, ptr %.1272, align 8
  %.1276 = getelementptr i64, ptr %arg.spent, i64 %stood.5.4
  %.1277 = load i64, ptr %.1276, align 8
  %.1280 = add nsw i64 %.1277, %.1273
  %.1282 = getelementptr i64, ptr %arg.cents, i64 %.1260
  store i64 %.1280, ptr %.1282, align 8
  %.1287 = load i64, ptr %.1286, align 8
  %.1289 = add nsw i64 %.1287, %known.3.3
  %.1291 = getelementptr i64, ptr %arg.frauds, i64 %.1260
  store i64 %.1289, ptr %.1291, align 8
  br label %B1072

B1072:                                            ; preds = %B936, %B760
  %stood.4.3 = phi i64 [ %stood.5.4, %B936 ], [ %stood.3.2409, %B760 ]
  %exitcond419.not = icmp eq i64 %.211, %.1084
  br i1 %exitcond419.not, label %B314.loopexit, label %B722.if

common.ret:                                       ; preds = %B38.loopexit, %entry
  store ptr null, ptr %retptr, align 8
  ret i32 0

B214.if:                                          ; preds = %B214.if.lr.ph, %B214.if
  %.311.0398 = phi i64 [ 0, %B214.if.lr.ph ], [ %.380, %B214.if ]
  %.380 = add nuw nsw i64 %.311.0398, 1
  %.406 = getelementptr i64, ptr %arg.spent, i64 %.311.0398
  %.407 = load i64, ptr %.406, align 8
  %.411 = getelementptr i32, ptr %1, i64 %.311.0398
  %.412 = load i32, ptr %.411, align 4
  %.414 = sext i32 %.412 to i64
  %.415 = getelementptr i64, ptr %arg.amount_cents, i64 %.414
  %.416 = load i64, ptr %.415, align 8
  %.417 = add nsw i64 %.416, %.407
  %.420 = getelementptr i8, ptr %.406, i64 8
  store i64 %.417, ptr %.420, align 8
  %exitcond418.not = icmp eq i64 %.211, %.380
  br i1 %exitcond418.not, label %B284, label %B214.if

B444.endif:                                       ; preds = %B410, %B682
  %.722.0405 = phi i64 [ %.784, %B682 ], [ %spec.select396, %B410 ]
  %.719.0404 = phi i64 [ %.788, %B682 ], [ %told.2.0417, %B410 ]
  %.784 = add nsw i64 %.722.0405, -1
  %.788 = add i64 %.719.0404, 1
  %.818 = getelementptr i64, ptr %arg.known_at, i64 %.719.0404
  %.819 = load i64, ptr %.818, align 8
  %.822 = getelementptr i64, ptr %arg.turned_at, i64 %.719.0404
  %.823 = load i64, ptr %.822, align 8
  %.825 = add nsw i64 %.823, %.552
  %.13.i = tail call i64 @llvm.smax.i64(i64 %.825, i64 %.819)
  %.859 = getelementptr i64, ptr %arg.low, i64 %.719.0404
  %.860 = load i64, ptr %.859, align 8
  %.873 = icmp slt i64 %.860, %.209
  br i1 %.873, label %B546, label %B614

B722.if:                                          ; preds = %B722.if.lr.ph, %B1072
  %known.2.2410 = phi i64 [ 0, %B722.if.lr.ph ], [ %known.3.3, %B1072 ]
  %stood.3.2409 = phi i64 [ 0, %B722.if.lr.ph ], [ %stood.4.3, %B1072 ]
  %.1015.0407 = phi i64 [ 0, %B722.if.lr.ph ], [ %.1084, %B1072 ]
  %.1084 = add nuw nsw i64 %.1015.0407, 1
  br i1 %.566, label %B738, label %B760
}
declare i64 @llvm.smax.i64(i64, i64)
declare void @llvm.memset.p0.i64(ptr writeonly captures(none), i8, i64, i1 immarg)
