; pipeline.data.copied_rows.copied_rows, source 7e1ecf42d9cb3dcccfa91158a6bf88d148e42c911ec4924bf5bec94a558c5684
define noundef i32 @copied_rows(ptr noalias writeonly captures(none) %retptr, ptr noalias readnone captures(none) %excinfo, ptr readonly captures(none) %arg.block, i64 %arg.end, ptr readonly captures(none) %arg.kinds, i64 %arg.columns, i64 %arg.room, ptr readonly captures(none) %arg.powers, ptr writeonly captures(none) %arg.cells, ptr writeonly captures(none) %arg.numbers, ptr writeonly captures(none) %arg.missing, ptr writeonly captures(none) %arg.odd, ptr captures(none) %arg.state) #0 {
entry:
  %.39 = load i64, ptr %arg.state, align 8
  %.44 = getelementptr i8, ptr %arg.state, i64 8
  %.45 = load i64, ptr %.44, align 8
  %.50 = getelementptr i8, ptr %arg.state, i64 24
  %.51 = load i64, ptr %.50, align 8
  %.92546 = add nsw i64 %.39, 5
  %.96.not547 = icmp sgt i64 %.92546, %arg.end
  br i1 %.96.not547, label %B2304, label %B116.preheader.lr.ph

B116.preheader.lr.ph:                             ; preds = %entry
  %.502539.not = icmp slt i64 %arg.columns, 1
  br label %B116.outer

B116.outer:                                       ; preds = %B116.preheader.lr.ph, %B2270
  %at.4.1.ph = phi i64 [ %.39, %B116.preheader.lr.ph ], [ %.237, %B2270 ]
  %row.2.1.ph = phi i64 [ %.45, %B116.preheader.lr.ph ], [ %.1669, %B2270 ]
  %odds.5.1.ph = phi i64 [ %.51, %B116.preheader.lr.ph ], [ %odds.2.2.lcssa, %B2270 ]
  %.158 = icmp eq i64 %row.2.1.ph, %arg.room
  br label %B116

B96.loopexit:                                     ; preds = %B410
  %.92 = add nsw i64 %.237, 5
  %.96.not = icmp sgt i64 %.92, %arg.end
  br i1 %.96.not, label %B2304, label %B116

B116:                                             ; preds = %B116.outer, %B96.loopexit
  %at.4.1 = phi i64 [ %.237, %B96.loopexit ], [ %at.4.1.ph, %B116.outer ]
  %.111 = getelementptr i8, ptr %arg.block, i64 %at.4.1
  %.112 = load i8, ptr %.111, align 1
  %.114.not = icmp eq i8 %.112, 100
  %.114.not.not = xor i1 %.114.not, true
  %brmerge = select i1 %.114.not.not, i1 true, i1 %.158
  %row.2.1.ph.mux = select i1 %.114.not.not, i64 %row.2.1.ph, i64 %arg.room
  %.mux = select i1 %.114.not.not, i64 2, i64 1
  br i1 %brmerge, label %B2304, label %B188

B188:                                             ; preds = %B116
  %.206 = add nsw i64 %at.4.1, 1
  %.210 = getelementptr i8, ptr %arg.block, i64 %.206
  %.211 = load i8, ptr %.210, align 1
  %.212 = zext i8 %.211 to i64
  %.213 = shl nuw nsw i64 %.212, 24
  %.217 = getelementptr i8, ptr %.111, i64 2
  %.218 = load i8, ptr %.217, align 1
  %.219 = zext i8 %.218 to i64
  %.220 = shl nuw nsw i64 %.219, 16
  %.221 = or disjoint i64 %.220, %.213
  %.225 = getelementptr i8, ptr %.111, i64 3
  %.226 = load i8, ptr %.225, align 1
  %.227 = zext i8 %.226 to i64
  %.228 = shl nuw nsw i64 %.227, 8
  %.229 = or disjoint i64 %.221, %.228
  %.233 = getelementptr i8, ptr %.111, i64 4
  %.234 = load i8, ptr %.233, align 1
  %.235 = zext i8 %.234 to i64
  %.236 = or disjoint i64 %.229, %.235
  %.237 = add nsw i64 %.236, %.206
  %.243 = icmp sgt i64 %.237, %arg.end
  br i1 %.243, label %B2304, label %B374

B374:                                             ; preds = %B188
  %.291 = add nsw i64 %at.4.1, 7
  %.293 = icmp slt i64 %.237, %.291
  br i1 %.293, label %B2304, label %B410

B410:                                             ; preds = %B374
  %.341 = getelementptr i8, ptr %.111, i64 5
  %.342 = load i8, ptr %.341, align 1
  %.343 = zext i8 %.342 to i64
  %.344 = shl nuw nsw i64 %.343, 8
  %.348 = getelementptr i8, ptr %.111, i64 6
  %.349 = load i8, ptr %.348, align 1
  %.350 = zext i8 %.349 to i64
  %.351 = or disjoint i64 %.344, %.350
  %.363 = icmp eq i64 %.351, 65535
  %.367 = icmp eq i64 %.291, %.237
  %or.cond502 = and i1 %.367, %.363
  br i1 %or.cond502, label %B96.loopexit, label %B532

B532:                                             ; preds = %B410
  %.405 = icmp eq i64 %.351, %arg.columns
  br i1 %.502539.not, label %B2238, label %B576.if

B584:                                             ; preds = %B576.if
  %.550 = add nsw i64 %place.4.2543, 4
  %.552 = icmp sgt i64 %.550, %.237
  br i1 %.552, label %B2304, label %B612

B612:                                             ; preds = %B584
  %.570 = getelementptr i8, ptr %arg.block, i64 %place.4.2543
  %.571 = load i8, ptr %.570, align 1
  %.572 = zext i8 %.571 to i64
  %.573 = shl nuw nsw i64 %.572, 24
  %.577 = getelementptr i8, ptr %.570, i64 1
  %.578 = load i8, ptr %.577, align 1
  %.579 = zext i8 %.578 to i64
  %.580 = shl nuw nsw i64 %.579, 16
  %.581 = or disjoint i64 %.580, %.573
  %.585 = getelementptr i8, ptr %.570, i64 2
  %.586 = load i8, ptr %.585, align 1
  %.587 = zext i8 %.586 to i64
  %.588 = shl nuw nsw i64 %.587, 8
  %.589 = or disjoint i64 %.581, %.588
  %.593 = getelementptr i8, ptr %.570, i64 3
  %.594 = load i8, ptr %.593, align 1
  %.595 = zext i8 %.594 to i64
  %.596 = or disjoint i64 %.589, %.595
  %.609 = mul nsw i64 %.435.0540, %arg.room
  %.611 = add nsw i64 %.609, %row.2.1.ph
  %.616 = icmp eq i64 %.596, 4294967295
  %.637 = getelementptr i8, ptr %arg.missing, i64 %.611
  br i1 %.616, label %B792, label %B814

B792:                                             ; preds = %B612
  store i8 1, ptr %.637, align 1
  %.641 = getelementptr i64, ptr %arg.cells, i64 %.611
  store i64 0, ptr %.641, align 8
  br label %B2305

B814:                                             ; preds = %B612
  store i8 0, ptr %.637, align 1
  %.653 = add nsw i64 %.596, %.550
  %.655 = icmp sgt i64 %.653, %.237
  br i1 %.655, label %B2304, label %B852

B852:                                             ; preds = %B814
  %.677 = getelementptr i32, ptr %arg.kinds, i64 %.435.0540
  %.678 = load i32, ptr %.677, align 4
  %.680.not = icmp eq i32 %.678, 2
  br i1 %.680.not, label %B1408, label %B888

B888:                                             ; preds = %B852
  %.683 = icmp eq i64 %.596, 8
  br i1 %.683, label %B900, label %B1136

B900:                                             ; preds = %B888
  %.695 = getelementptr i8, ptr %arg.block, i64 %.550
  %.696 = load i8, ptr %.695, align 1
  %.697 = zext i8 %.696 to i64
  %.698 = shl nuw i64 %.697, 56
  %.702 = getelementptr i8, ptr %.570, i64 5
  %.703 = load i8, ptr %.702, align 1
  %.704 = zext i8 %.703 to i64
  %.705 = shl nuw nsw i64 %.704, 48
  %.706 = or disjoint i64 %.705, %.698
  %.710 = getelementptr i8, ptr %.570, i64 6
  %.711 = load i8, ptr %.710, align 1
  %.712 = zext i8 %.711 to i64
  %.713 = shl nuw nsw i64 %.712, 40
  %.714 = or disjoint i64 %.706, %.713
  %.718 = getelementptr i8, ptr %.570, i64 7
  %.719 = load i8, ptr %.718, align 1
  %.720 = zext i8 %.719 to i64
  %.721 = shl nuw nsw i64 %.720, 32
  %.722 = or disjoint i64 %.714, %.721
  %.726 = getelementptr i8, ptr %.570, i64 8
  %.727 = load i8, ptr %.726, align 1
  %.728 = zext i8 %.727 to i64
  %.729 = shl nuw nsw i64 %.728, 24
  %.730 = or disjoint i64 %.722, %.729
  %.734 = getelementptr i8, ptr %.570, i64 9
  %.735 = load i8, ptr %.734, align 1
  %.736 = zext i8 %.735 to i64
  %.737 = shl nuw nsw i64 %.736, 16
  %.738 = or disjoint i64 %.730, %.737
  %.742 = getelementptr i8, ptr %.570, i64 10
  %.743 = load i8, ptr %.742, align 1
  %.744 = zext i8 %.743 to i64
  %.745 = shl nuw nsw i64 %.744, 8
  %.746 = or i64 %.738, %.745
  %.750 = getelementptr i8, ptr %.570, i64 11
  %.751 = load i8, ptr %.750, align 1
  %.752 = zext i8 %.751 to i64
  %.753 = or i64 %.746, %.752
  %.756 = getelementptr i64, ptr %arg.cells, i64 %.611
  store i64 %.753, ptr %.756, align 8
  br label %B2305

B1136:                                            ; preds = %B888
  %0 = add nsw i64 %.596, -5
  %or.cond = icmp ult i64 %0, -4
  %.774 = icmp eq i32 %.678, 1
  %or.cond503 = or i1 %or.cond, %.774
  br i1 %or.cond503, label %B2304, label %B1204

B1204:                                            ; preds = %B1136
  %.796 = getelementptr i8, ptr %arg.block, i64 %.550
  %.797 = load i8, ptr %.796, align 1
  %.798 = zext i8 %.797 to i64
  %1 = shl nuw nsw i64 %.798, 1
  %.805 = and i64 %1, 256
  %.806 = sub nsw i64 %.798, %.805
  %.890530.not = icmp samesign ult i64 %.596, 2
  br i1 %.890530.not, label %B1394, label %B1354.if

B1394:                                            ; preds = %B1354.if, %B1204
  %value.2.5.lcssa = phi i64 [ %.806, %B1204 ], [ %.936, %B1354.if ]
  %.952 = getelementptr i64, ptr %arg.cells, i64 %.611
  store i64 %value.2.5.lcssa, ptr %.952, align 8
  br label %B2305

B1408:                                            ; preds = %B852
  %.963 = getelementptr i8, ptr %arg.block, i64 %.550
  %.964 = load i8, ptr %.963, align 1
  %.965 = zext i8 %.964 to i64
  %.966 = shl nuw nsw i64 %.965, 8
  %.970 = getelementptr i8, ptr %.570, i64 5
  %.971 = load i8, ptr %.970, align 1
  %.972 = zext i8 %.971 to i64
  %.973 = or disjoint i64 %.966, %.972
  %.978 = shl nuw nsw i64 %.973, 1
  %.979 = add nuw nsw i64 %.978, 8
  %.981.not = icmp eq i64 %.596, %.979
  br i1 %.981.not, label %B1524, label %B2304

B1524:                                            ; preds = %B1408
  %.1004 = getelementptr i8, ptr %.570, i64 6
  %.1005 = load i8, ptr %.1004, align 1
  %.1006 = zext i8 %.1005 to i64
  %.1007 = shl nuw nsw i64 %.1006, 8
  %.1011 = getelementptr i8, ptr %.570, i64 7
  %.1012 = load i8, ptr %.1011, align 1
  %.1013 = zext i8 %.1012 to i64
  %.1014 = or disjoint i64 %.1007, %.1013
  %.1023 = icmp slt i8 %.1005, 0
  %.1026 = or disjoint i64 %.1014, -65536
  %spec.select = select i1 %.1023, i64 %.1026, i64 %.1014
  %.1037 = getelementptr i8, ptr %.570, i64 8
  %.1038 = load i8, ptr %.1037, align 1
  %.1039 = zext i8 %.1038 to i64
  %.1040 = shl nuw nsw i64 %.1039, 8
  %.1044 = getelementptr i8, ptr %.570, i64 9
  %.1045 = load i8, ptr %.1044, align 1
  %.1046 = zext i8 %.1045 to i64
  %.1047 = or disjoint i64 %.1040, %.1046
  %.1053 = sub nsw i64 %spec.select, %.973
  %.1056 = shl nsw i64 %.1053, 2
  %.1057 = add nsw i64 %.1056, 4
  %.1073 = icmp samesign ult i64 %.973, 5
  %2 = add nsw i64 %.973, -1
  %or.cond580.not = icmp ult i64 %2, 4
  br i1 %or.cond580.not, label %B1790.if.lr.ph, label %B2000

B1790.if.lr.ph:                                   ; preds = %B1524
  %3 = getelementptr i8, ptr %.570, i64 12
  %4 = getelementptr i8, ptr %.570, i64 13
  br label %B1790.if

B1920:                                            ; preds = %B1790.if
  %.1238 = icmp sgt i64 %.1223, 9007199254740992
  %.1276 = urem i64 %.1223, 10
  %.1299 = icmp eq i64 %.1276, 0
  %or.cond506 = and i1 %.1238, %.1299
  br i1 %or.cond506, label %B1950, label %B2000

B1950:                                            ; preds = %B1920, %B1950
  %tens.2.6 = phi i64 [ %.1354, %B1950 ], [ %.1057, %B1920 ]
  %digits.4.6 = phi i64 [ %.1323, %B1950 ], [ %.1223, %B1920 ]
  %.1323 = udiv i64 %digits.4.6, 10
  %.1354 = add nsw i64 %tens.2.6, 1
  %.1364 = icmp ugt i64 %digits.4.6, 90071992547409929
  %.1400 = urem i64 %.1323, 10
  %.1423 = icmp eq i64 %.1400, 0
  %or.cond507 = and i1 %.1364, %.1423
  br i1 %or.cond507, label %B1950, label %B2000

B2000:                                            ; preds = %B1950, %B1920, %B1524
  %tens.3.5 = phi i64 [ %.1057, %B1920 ], [ %.1057, %B1524 ], [ %.1354, %B1950 ]
  %digits.5.5 = phi i64 [ %.1223, %B1920 ], [ 0, %B1524 ], [ %.1323, %B1950 ]
  %.1450 = icmp slt i64 %digits.5.5, 9007199254740993
  %or.cond1.not512 = and i1 %.1073, %.1450
  %5 = add i64 %tens.3.5, 22
  %6 = icmp ult i64 %5, 45
  %or.cond3.not511 = select i1 %or.cond1.not512, i1 %6, i1 false
  %.1459 = and i64 %.1047, 49151
  %.1460.not = icmp eq i64 %.1459, 0
  %or.cond504 = select i1 %or.cond3.not511, i1 %.1460.not, i1 false
  br i1 %or.cond504, label %B2108, label %B2058

B2058:                                            ; preds = %B2000
  %.1472.idx = shl i64 %odds.2.2542, 4
  %.1472 = getelementptr i8, ptr %arg.odd, i64 %.1472.idx
  store i64 %.611, ptr %.1472, align 8
  %.1481 = getelementptr i8, ptr %.1472, i64 8
  store i64 %.550, ptr %.1481, align 8
  %.1484 = add nsw i64 %odds.2.2542, 1
  br label %B2305

B2108:                                            ; preds = %B2000
  %.1491 = sitofp i64 %digits.5.5 to double
  %.1498 = icmp sgt i64 %tens.3.5, 0
  br i1 %.1498, label %B2150, label %B2172

B2150:                                            ; preds = %B2108
  %.1502 = getelementptr double, ptr %arg.powers, i64 %tens.3.5
  %.1503 = load double, ptr %.1502, align 8
  %.1507 = fmul double %.1503, %.1491
  br label %B2194

B2172:                                            ; preds = %B2108
  %.1515 = sub nsw i64 0, %tens.3.5
  %.1519 = getelementptr double, ptr %arg.powers, i64 %.1515
  %.1520 = load double, ptr %.1519, align 8
  %.1525 = fdiv double %.1491, %.1520
  br label %B2194

B2194:                                            ; preds = %B2172, %B2150
  %"$phi2194.1.2.5" = phi double [ %.1507, %B2150 ], [ %.1525, %B2172 ]
  %.1540 = icmp eq i64 %.1047, 16384
  %.1545 = fneg double %"$phi2194.1.2.5"
  %"$phi2216.1.2.5" = select i1 %.1540, double %.1545, double %"$phi2194.1.2.5"
  %.1566 = getelementptr double, ptr %arg.numbers, i64 %.611
  store double %"$phi2216.1.2.5", ptr %.1566, align 8
  br label %B2305

B2238:                                            ; preds = %B2305, %B532
  %odds.2.2.lcssa = phi i64 [ %odds.5.1.ph, %B532 ], [ %odds.3.3, %B2305 ]
  %place.4.2.lcssa = phi i64 [ %.291, %B532 ], [ %place.5.3, %B2305 ]
  %.1602.not = icmp eq i64 %place.4.2.lcssa, %.237
  %or.cond505 = and i1 %.405, %.1602.not
  br i1 %or.cond505, label %B2270, label %B2304

B2270:                                            ; preds = %B2238
  %.1669 = add nsw i64 %row.2.1.ph, 1
  %.1674 = add nsw i64 %.237, 5
  %.1676.not = icmp sgt i64 %.1674, %arg.end
  br i1 %.1676.not, label %B2304, label %B116.outer

B2304:                                            ; preds = %B116, %B96.loopexit, %B374, %B188, %B2238, %B2270, %B1408, %B584, %B1136, %B814, %B576.if, %entry
  %at.5.2 = phi i64 [ %at.4.1, %B1408 ], [ %.39, %entry ], [ %at.4.1, %B576.if ], [ %at.4.1, %B814 ], [ %at.4.1, %B1136 ], [ %at.4.1, %B584 ], [ %at.4.1, %B116 ], [ %at.4.1, %B374 ], [ %.237, %B96.loopexit ], [ %at.4.1, %B188 ], [ %at.4.1, %B2238 ], [ %.237, %B2270 ]
  %row.4.2 = phi i64 [ %row.2.1.ph, %B1408 ], [ %.45, %entry ], [ %row.2.1.ph, %B576.if ], [ %row.2.1.ph, %B814 ], [ %row.2.1.ph, %B1136 ], [ %row.2.1.ph, %B584 ], [ %row.2.1.ph.mux, %B116 ], [ %row.2.1.ph, %B374 ], [ %row.2.1.ph, %B96.loopexit ], [ %row.2.1.ph, %B188 ], [ %row.2.1.ph, %B2238 ], [ %.1669, %B2270 ]
  %odds.7.2 = phi i64 [ %odds.2.2542, %B1408 ], [ %.51, %entry ], [ %odds.2.2542, %B584 ], [ %odds.2.2542, %B1136 ], [ %odds.2.2542, %B814 ], [ %odds.5.1.ph, %B576.if ], [ %odds.5.1.ph, %B188 ], [ %odds.5.1.ph, %B116 ], [ %odds.5.1.ph, %B96.loopexit ], [ %odds.5.1.ph, %B374 ], [ %odds.2.2.lcssa, %B2238 ], [ %odds.2.2.lcssa, %B2270 ]
  %why.5.2 = phi i64 [ 3, %B1408 ], [ 0, %entry ], [ 3, %B576.if ], [ 3, %B814 ], [ 3, %B1136 ], [ 3, %B584 ], [ %.mux, %B116 ], [ 3, %B374 ], [ 0, %B96.loopexit ], [ 0, %B188 ], [ 3, %B2238 ], [ 0, %B2270 ]
  store i64 %at.5.2, ptr %arg.state, align 8
  store i64 %row.4.2, ptr %.44, align 8
  %.1725 = getelementptr i8, ptr %arg.state, i64 16
  store i64 %why.5.2, ptr %.1725, align 8
  store i64 %odds.7.2, ptr %.50, align 8
  store ptr null, ptr %retptr, align 8
  ret i32 0

B2305:                                            ; preds = %B900, %B1394, %B2058, %B2194, %B792
  %odds.3.3 = phi i64 [ %odds.2.2542, %B792 ], [ %odds.2.2542, %B900 ], [ %odds.2.2542, %B1394 ], [ %.1484, %B2058 ], [ %odds.2.2542, %B2194 ]
  %place.5.3 = phi i64 [ %.550, %B792 ], [ %.653, %B900 ], [ %.653, %B1394 ], [ %.653, %B2058 ], [ %.653, %B2194 ]
  %exitcond564.not = icmp eq i64 %arg.columns, %.515
  br i1 %exitcond564.not, label %B2238, label %B576.if

B576.if:                                          ; preds = %B532, %B2305
  %place.4.2543 = phi i64 [ %place.5.3, %B2305 ], [ %.291, %B532 ]
  %odds.2.2542 = phi i64 [ %odds.3.3, %B2305 ], [ %odds.5.1.ph, %B532 ]
  %.435.0540 = phi i64 [ %.515, %B2305 ], [ 0, %B532 ]
  %.515 = add nuw nsw i64 %.435.0540, 1
  br i1 %.405, label %B584, label %B2304

B1354.if:                                         ; preds = %B1204, %B1354.if
  %value.2.5533 = phi i64 [ %.936, %B1354.if ], [ %.806, %B1204 ]
  %.837.0532.in = phi i64 [ %.837.0532, %B1354.if ], [ %.596, %B1204 ]
  %.834.0531 = phi i64 [ %.903, %B1354.if ], [ 1, %B1204 ]
  %.837.0532 = add nsw i64 %.837.0532.in, -1
  %.903 = add nuw nsw i64 %.834.0531, 1
  %.929 = shl nsw i64 %value.2.5533, 8
  %.933 = getelementptr i8, ptr %.796, i64 %.834.0531
  %.934 = load i8, ptr %.933, align 1
  %.935 = zext i8 %.934 to i64
  %.936 = or disjoint i64 %.929, %.935
  %.890 = icmp samesign ugt i64 %.837.0532.in, 2
  br i1 %.890, label %B1354.if, label %B1394

B1790.if:                                         ; preds = %B1790.if.lr.ph, %B1790.if
  %digits.3.6537 = phi i64 [ 0, %B1790.if.lr.ph ], [ %.1223, %B1790.if ]
  %.1109.0535 = phi i64 [ 0, %B1790.if.lr.ph ], [ %.1178, %B1790.if ]
  %.1178 = add nuw nsw i64 %.1109.0535, 1
  %7 = shl nuw nsw i64 %.1109.0535, 1
  %.1204 = mul nsw i64 %digits.3.6537, 10000
  %.1210 = getelementptr i8, ptr %3, i64 %7
  %.1211 = load i8, ptr %.1210, align 1
  %.1212 = zext i8 %.1211 to i64
  %.1213 = shl nuw nsw i64 %.1212, 8
  %.1219 = getelementptr i8, ptr %4, i64 %7
  %.1220 = load i8, ptr %.1219, align 1
  %.1221 = zext i8 %.1220 to i64
  %.1222 = or disjoint i64 %.1213, %.1221
  %.1223 = add nsw i64 %.1222, %.1204
  %exitcond.not = icmp eq i64 %.1178, %.973
  br i1 %exitcond.not, label %B1920, label %B1790.if
}
