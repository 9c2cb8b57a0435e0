// Lists a bucket by the profile that AWS_PROFILE names, then tries to write: prints both answers as JSON.
import { ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const [endpoint, bucket] = process.argv.slice(2);
const s3 = new S3Client({ endpoint, forcePathStyle: true });
const listed = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
let refused = "";
try {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "note", Body: "no" }));
} catch (error) {
  refused = error.name;
}
process.stdout.write(JSON.stringify({ objects: listed.KeyCount, refused }));
